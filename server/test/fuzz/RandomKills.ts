import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { randomId } from "../../platform/randomId.js";
import type { Answers, RequestName, Requests } from "../../protocol/events.js";
import { examineDatabase } from "../../storage/examineDatabase.js";
import { CriaProcess, childrenOf } from "../CriaProcess.js";
import { LocalHub } from "../LocalHub.js";
import { TestClient, temporaryHome, textOf, untilGone } from "../TestServer.js";

/** What is killed: the program itself, the process that holds the model, or the one that installs. */
export const killTargets = ["server", "worker", "installer"] as const;
export type KillTarget = (typeof killTargets)[number];

/** Part of the command line by which a child process is known. */
const childPrograms = { worker: "workers/child/main.js", installer: "install/child/main.js" };

/** A message that was acknowledged, and what was seen of its reply. */
interface Sent {
  conversationId: string;
  userMessageId: string;
  text: string;
  replyId: string;
  shown: string;
}

const source = "tiny/Tiny-7M-GGUF";
const installedId = "tiny.7M";

/** Thrown by whatever waits for an answer of a server that is no more. */
class ServerGone extends Error {}

/**
 * The program under a mixed load of chat, history and installs, with processes of it killed at random moments. It writes down what
 * was acknowledged and shown, and {@link findLosses} compares that with what is there.
 */
export class RandomKills {
  readonly #home: Awaited<ReturnType<typeof temporaryHome>>;
  readonly #hub: LocalHub;
  readonly #sent: Sent[] = [];
  /** By conversation; more than one while a change was sent and not acknowledged. */
  readonly #titles = new Map<string, string[]>();
  /** What the last acknowledged step of the install loop was; `undefined` while one is under way. */
  #isInstalled: boolean | undefined = false;
  readonly #tickListeners = new Set<() => void>();
  #cria: CriaProcess;
  #client: TestClient | undefined;
  #gone: Promise<never> = new Promise(() => {});
  #loops: Promise<void>[] = [];
  #stopped = false;

  private constructor(home: Awaited<ReturnType<typeof temporaryHome>>, hub: LocalHub) {
    this.#home = home;
    this.#hub = hub;
    this.#cria = this.#start();
  }

  static async start(weights: Buffer): Promise<RandomKills> {
    const hub = await LocalHub.start();
    hub.add(source, { "Tiny-7M-Q8_0.gguf": weights });
    hub.bytesPerSecond = 3_000_000;
    const kills = new RandomKills(await temporaryHome(), hub);
    await kills.#begin();
    return kills;
  }

  /** How much was acknowledged so far. */
  get counts(): { messages: number; titles: number; shownLength: number } {
    const shownLength = this.#sent.reduce((sum, { shown }) => sum + shown.length, 0);
    return { messages: this.#sent.length, titles: this.#titles.size, shownLength };
  }

  /** Lets so many things happen, kills, and waits until everything is there again. */
  async kill(target: KillTarget, afterTicks: number): Promise<void> {
    for (let tick = 0; tick < afterTicks; tick++) await this.#tick();
    const processId = target === "server" ? this.#cria.child.pid : await this.#findChild(childPrograms[target]);
    if (processId === undefined) throw new Error("the server has no process");
    process.kill(processId, "SIGKILL");
    if (target !== "server") return untilGone(processId);
    const children = await childrenOf(processId).catch(() => []);
    await this.#cria.ended;
    await Promise.all(this.#loops);
    await Promise.all(children.map(untilGone));
    this.#client?.close();
    this.#cria = this.#start();
    await this.#begin();
  }

  /** What was promised and is not there, in words. `newest`: only the newest chats are looked at. */
  async findLosses(newest = Number.POSITIVE_INFINITY): Promise<string[]> {
    const losses: string[] = [];
    for (const sent of this.#sent.slice(-newest)) {
      const titlesBefore = this.#titles.get(sent.conversationId) ?? [];
      const { messages, conversation } = await this.#ask("conversation:open", { conversationId: sent.conversationId });
      const copies = messages.filter(({ role, text }) => role === "user" && text === sent.text);
      if (copies.length !== 1 || copies[0]?.id !== sent.userMessageId)
        losses.push(`message "${sent.text}" is there ${copies.length} times`);
      const reply = messages.find(({ id }) => id === sent.replyId);
      if (reply === undefined) losses.push(`the reply to "${sent.text}" is gone`);
      // What ran when the server died is closed; what runs now goes on.
      else if (!reply.text.startsWith(sent.shown) && reply.status !== "generating")
        losses.push(`the reply to "${sent.text}" was "${sent.shown}" and is "${reply.text}"`);
      const titles = [...titlesBefore, ...(this.#titles.get(sent.conversationId) ?? [])];
      if (titlesBefore.length > 0 && !titles.includes(conversation.title))
        losses.push(`the title "${titles.join('" or "')}" is "${conversation.title}"`);
    }
    const wasInstalled = this.#isInstalled;
    const { models } = await this.#ask("model:list", {});
    const isInstalled = models.some(({ id }) => id === installedId);
    if (wasInstalled !== undefined && wasInstalled === this.#isInstalled && isInstalled !== wasInstalled)
      losses.push(`the model is ${isInstalled ? "" : "not "}there`);
    examineDatabase(join(this.#home.path, "cria.db"));
    return losses;
  }

  async close(): Promise<void> {
    this.#stopped = true;
    this.#cria.child.kill("SIGKILL");
    await this.#cria.ended;
    this.#client?.close();
    await Promise.all(this.#loops);
    await this.#hub.close();
    await this.#home.remove();
  }

  #start(): CriaProcess {
    return new CriaProcess(["serve", "--port", "0"], {
      CRIA_HOME: this.#home.path,
      CRIA_THREADS: "1",
      CRIA_GPU: "off",
      CI: "1",
      HF_ENDPOINT: this.#hub.endpoint,
      HF_HOME: join(this.#home.path, "no-hf"),
    });
  }

  async #begin(): Promise<void> {
    const client = await TestClient.connect(await this.#cria.url());
    this.#client = client;
    this.#gone = new Promise((_, reject) => client.socket.once("disconnect", () => reject(new ServerGone())));
    this.#gone.catch(() => {});
    client.socket.on("generation:events", () => this.#happened());
    client.socket.on("install:progress", () => this.#happened());
    const run = async (loop: () => Promise<void>) => {
      try {
        while (!this.#stopped) await loop();
      } catch (error) {
        if (!(error instanceof ServerGone)) throw error;
      }
    };
    this.#loops = [run(() => this.#chat(client)), run(() => this.#rename()), run(() => this.#install(client))];
  }

  /** A message in a new chat or in the newest one, its reply read to the end. What was not acknowledged is sent again. */
  #unacknowledged: Requests["chat:send"] | undefined;
  async #chat(client: TestClient): Promise<void> {
    const last = this.#sent.at(-1);
    const follows = this.#sent.length % 3 === 0 ? undefined : last;
    this.#unacknowledged ??= {
      requestId: randomId(),
      modelId: "alpaca.demo",
      text: `Tell me a story about number ${this.#sent.length}.`,
      sampling: { ignoreEos: true, maxTokens: 120 },
      overflow: "dropOldest",
      ...(follows === undefined ? {} : { conversationId: follows.conversationId, parentId: follows.replyId }),
    };
    const result = await this.#answer("chat:send", this.#unacknowledged);
    if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
    const { conversation, userMessage, reply } = result.data;
    const { text } = this.#unacknowledged;
    this.#unacknowledged = undefined;
    const sent = {
      conversationId: conversation.id,
      userMessageId: userMessage.id,
      text,
      replyId: reply.id,
      shown: "",
    };
    this.#sent.push(sent);
    const id = reply.generationId;
    if (id === undefined) return;
    try {
      const followed = await this.#answer("generation:follow", { generationId: id, afterSeq: 0 });
      if (!followed.ok) return;
      const { end } = await this.#during(client.untilEnd(id));
      // After three crashes the model is left alone until somebody asks for it.
      if (end.error?.code === "model_crashing") await this.#answer("model:load", { modelId: "alpaca.demo" });
    } finally {
      sent.shown = textOf(client.events.get(id) ?? []);
      client.events.delete(id);
    }
  }

  #renames = 0;
  async #rename(): Promise<void> {
    const sent = this.#sent.at(-1);
    await this.#tick();
    if (sent === undefined) return;
    const { conversationId } = sent;
    const title = `Title ${this.#renames++}`;
    const known = this.#titles.get(conversationId) ?? [];
    if (known.length > 0) this.#titles.set(conversationId, [...known, title]);
    const result = await this.#answer("conversation:update", { conversationId, title });
    if (result.ok) this.#titles.set(conversationId, [title]);
  }

  /** Installs the model; once it is there, removes it again. */
  async #install(client: TestClient): Promise<void> {
    if (this.#isInstalled === true) {
      this.#isInstalled = undefined;
      const result = await this.#answer("model:remove", { modelId: installedId });
      if (result.ok) this.#isInstalled = false;
      return;
    }
    const ended = new Promise<string>((resolve) => {
      const look: Parameters<typeof client.socket.on<"install:progress">>[1] = ({ install }) => {
        if (install.modelId !== installedId || install.state === "running") return;
        client.socket.off("install:progress", look);
        resolve(install.state);
      };
      client.socket.on("install:progress", look);
    });
    this.#isInstalled = undefined;
    const started = await this.#answer("install:start", { source });
    if (!started.ok) {
      await this.#tick();
      return;
    }
    const state = await this.#during(ended);
    if (state === "installed") this.#isInstalled = true;
  }

  #answer<Name extends RequestName>(name: Name, request: Requests[Name]) {
    if (this.#client === undefined) throw new ServerGone();
    return this.#during(this.#client.ask(name, request));
  }

  async #ask<Name extends RequestName>(name: Name, request: Requests[Name]): Promise<Answers[Name]> {
    const result = await this.#answer(name, request);
    if (!result.ok) throw new Error(`${name}: ${result.error.code} ${result.error.message}`);
    return result.data;
  }

  #during<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#gone]);
  }

  #happened(): void {
    for (const listener of [...this.#tickListeners]) listener();
  }

  /** The next thing that happens: a piece of a reply, or an install's step. */
  #tick(): Promise<void> {
    return this.#during(
      new Promise((resolve) => {
        const listener = () => {
          this.#tickListeners.delete(listener);
          resolve();
        };
        this.#tickListeners.add(listener);
      }),
    );
  }

  /** The server's child that runs this program, as soon as there is one. */
  async #findChild(program: string): Promise<number> {
    for (;;) {
      for (const processId of await childrenOf(this.#cria.child.pid ?? 0)) {
        const commandLine = await readFile(`/proc/${processId}/cmdline`, "utf8").catch(() => "");
        if (commandLine.includes(program)) return processId;
      }
      await this.#tick();
    }
  }
}

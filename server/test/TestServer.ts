import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { type Flags, readConfig } from "../platform/config.js";
import { randomId } from "../platform/randomId.js";
import type { Message } from "../protocol/conversation.js";
import type { Answers, ClientToServerEvents, RequestName, Requests, ServerToClientEvents } from "../protocol/events.js";
import type { GenerationEvent } from "../protocol/generation.js";
import type { Result } from "../protocol/result.js";
import { type RunningServer, type ServerParts, startServer } from "../startServer.js";

/** A home folder that is removed with the test. */
export async function temporaryHome(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "cria-test-"));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** The real server on a free port, in this process, with a fresh home. */
export class TestServer {
  readonly #home: { path: string; remove(): Promise<void> };
  readonly #clients: TestClient[] = [];
  readonly #flags: Flags;
  server: RunningServer;

  private constructor(home: { path: string; remove(): Promise<void> }, server: RunningServer, flags: Flags) {
    this.#home = home;
    this.server = server;
    this.#flags = flags;
  }

  /** `prepare` fills the home before the server looks at it; `parts` takes the place of the real ones. */
  static async start(
    prepare?: (homePath: string) => Promise<void>,
    parts: ServerParts = {},
    flags: Flags = {},
  ): Promise<TestServer> {
    const home = await temporaryHome();
    try {
      await prepare?.(home.path);
      return new TestServer(home, await startServer(testConfig(home.path, flags), parts), flags);
    } catch (error) {
      await home.remove();
      throw error;
    }
  }

  /** Another server on a home that exists already; it is left to the caller. */
  static startOn(homePath: string): Promise<RunningServer> {
    return startServer(testConfig(homePath));
  }

  get url(): string {
    return this.server.url;
  }

  get homePath(): string {
    return this.#home.path;
  }

  /** Stops the server and starts another one on the same home. */
  async restart(): Promise<void> {
    await this.server.close();
    this.server = await startServer(testConfig(this.#home.path, this.#flags));
  }

  async connect(options: ConnectOptions = {}): Promise<TestClient> {
    const client = await TestClient.connect(this.url, options);
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.server.close();
    await this.#home.remove();
  }
}

export function testConfig(homePath: string, flags: Flags = {}) {
  return readConfig(
    { port: "0", homePath, logLevel: "silent", open: false, maxThreads: "1", gpu: "off", ...flags },
    {},
  );
}

type ConnectOptions = Pick<Partial<ManagerOptions & SocketOptions>, "auth" | "extraHeaders" | "transports">;

/** A real socket with what tests ask of it. */
export class TestClient {
  readonly socket: Socket<ServerToClientEvents, ClientToServerEvents>;
  readonly #waiters = new Set<() => void>();
  /** All entries that came, by generation. */
  readonly events = new Map<string, GenerationEvent[]>();

  private constructor(socket: Socket<ServerToClientEvents, ClientToServerEvents>) {
    this.socket = socket;
    socket.on("generation:events", ({ generationId, events }) => {
      this.events.set(generationId, [...(this.events.get(generationId) ?? []), ...events]);
      for (const waiter of [...this.#waiters]) waiter();
    });
  }

  static connect(url: string, options: ConnectOptions = {}): Promise<TestClient> {
    const client = new TestClient(
      io(url, { transports: ["websocket"], forceNew: true, reconnection: false, ...options }),
    );
    return new Promise((resolve, reject) => {
      client.socket.once("connect", () => resolve(client));
      client.socket.once("connect_error", (error) => {
        client.close();
        reject(error);
      });
    });
  }

  /** The acknowledgement as it came. */
  ask<Name extends RequestName>(name: Name, request: unknown): Promise<Result<Answers[Name]>> {
    const emit = this.socket.emit.bind(this.socket) as (
      name: string,
      request: unknown,
      acknowledge: (result: Result<Answers[Name]>) => void,
    ) => void;
    return new Promise((resolve) => emit(name, request, resolve));
  }

  /** The answer; throws what the server refused. */
  async request<Name extends RequestName>(name: Name, request: Requests[Name]): Promise<Answers[Name]> {
    const result = await this.ask(name, request);
    if (!result.ok) throw Object.assign(new Error(result.error.message), result.error);
    return result.data;
  }

  send(text: string, extra: Partial<Requests["chat:send"]> = {}): Promise<Answers["chat:send"]> {
    return this.request("chat:send", { requestId: randomId(), modelId: "alpaca.demo", text, ...extra });
  }

  async follow(generationId: string, afterSeq = 0): Promise<void> {
    await this.request("generation:follow", { generationId, afterSeq });
  }

  /** Resolves as soon as the entries that came satisfy `enough`. */
  until(generationId: string, enough: (events: GenerationEvent[]) => boolean): Promise<GenerationEvent[]> {
    return new Promise((resolve) => {
      const look = () => {
        const events = this.events.get(generationId) ?? [];
        if (!enough(events)) return;
        this.#waiters.delete(look);
        resolve(events);
      };
      this.#waiters.add(look);
      look();
    });
  }

  untilText(generationId: string): Promise<GenerationEvent[]> {
    return this.until(generationId, (events) => events.some((event) => event.type === "text"));
  }

  async untilEnd(
    generationId: string,
  ): Promise<{ text: string; end: GenerationEvent & { type: "end" }; events: GenerationEvent[] }> {
    const events = await this.until(generationId, (all) => all.some((event) => event.type === "end"));
    const end = events.at(-1);
    if (end?.type !== "end") throw new Error("something came after the end");
    return { text: textOf(events), end, events };
  }

  /** Resolves when the reply has ended. */
  async finish({ generationId = "" }: Message): Promise<void> {
    await this.follow(generationId);
    await this.untilEnd(generationId);
  }

  /** Sends, waits for the whole reply, gives the conversation as it is stored then. */
  async chat(text: string, extra: Partial<Requests["chat:send"]> = {}) {
    const { conversation, reply, userMessage } = await this.send(text, { sampling: { temperature: 0 }, ...extra });
    await this.finish(reply);
    const opened = await this.request("conversation:open", { conversationId: conversation.id });
    return { ...opened, userMessage, reply: opened.messages.find(({ id }) => id === reply.id) as Message };
  }

  close(): void {
    this.socket.disconnect();
  }
}

/** The text that a reader has after these entries. */
export function textOf(events: readonly GenerationEvent[]): string {
  let text = "";
  for (const event of events) {
    if (event.type === "snapshot") text = event.text;
    else if (event.type === "text") text += event.text;
  }
  return text;
}

/** Resolves once a process is no more. */
export async function untilGone(processId: number): Promise<void> {
  for (;;) {
    try {
      process.kill(processId, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

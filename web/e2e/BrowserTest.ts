import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import type { Generation } from "../../server/chat/Generation.js";
import { packagePath } from "../../server/platform/paths.js";
import type { Message } from "../../server/protocol/conversation.js";
import type { Sampling } from "../../server/protocol/sampling.js";
import { type TestClient, TestServer } from "../../server/test/TestServer.js";

/** The browser's own background traffic is not ours to test, and a closed network makes it noisy. */
const launchArgs = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A name of somebody else's that leads to this machine, as in DNS rebinding.
  "--host-resolver-rules=MAP rebound.example 127.0.0.1",
];

type StartOptions = Parameters<typeof TestServer.start>;

export interface OpenOptions extends BrowserContextOptions {
  /** What is answered when the page opens `path`. */
  path?: string;
  /** The name of the message box in the page's language. */
  box?: string;
}

/** The real program and a real browser that looks at it. Everything a page complains of is gathered in `problems`. */
export class BrowserTest {
  readonly cria: TestServer;
  readonly #browser: Browser;
  /** Errors in the page, refused content, and requests to anywhere but the server. A story that ends well leaves none. */
  #problems: string[] = [];
  readonly #halted = new Set<number>();
  #story = new AbortController();
  #endWatch = () => {};
  /** Undoes what {@link haltNextReply} has set for everyone. */
  #sampleAsUsual = () => Promise.resolve();
  readonly #watchers = new Set<string | undefined>();

  private constructor(cria: TestServer, browser: Browser) {
    this.cria = cria;
    this.#browser = browser;
  }

  /** `prepare` fills the home before the server looks at it. */
  static async start(
    parts?: StartOptions[1],
    flags?: StartOptions[2],
    prepare?: StartOptions[0],
  ): Promise<BrowserTest> {
    const finder = pathToFileURL(join(packagePath, ".ci", "chromium.mjs")).href;
    const { findChromium } = (await import(finder)) as { findChromium(): string | undefined };
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error("There is no Chromium: install one or set CRIA_CHROMIUM.");
    const [cria, browser] = await Promise.all([
      TestServer.start(prepare, parts, flags),
      chromium.launch({ executablePath, args: launchArgs }),
    ]);
    return new BrowserTest(cria, browser);
  }

  /**
   * Closes the windows of the story that was told and returns what they complained of. Nothing of it goes on, wherever it failed: the
   * next story, or the same one tried again, finds the server as idle as this one did.
   */
  async endStory(): Promise<string[]> {
    this.#endWatch();
    this.#story.abort(new Error("the story has ended"));
    this.#story = new AbortController();
    for (const processId of [...this.#halted]) this.#resume(processId);
    await this.#sampleAsUsual();
    await Promise.all(this.#browser.contexts().map((context) => context.close()));
    await this.cria.server.generations.stopAll();
    return this.#problems.splice(0);
  }

  /** Takes complaints as what they are when a story is about a lost connection. */
  forgiveLostConnection(): void {
    this.#problems = this.#problems.filter((problem) => !/net::ERR_|WebSocket/.test(problem));
  }

  /** The browser complains of every answer with an error status; a story may be about one. */
  forgiveRefusals(): void {
    this.#problems = this.#problems.filter(
      (problem) => !/status of 4\d\d|bad HTTP response code \(4\d\d\)/.test(problem),
    );
  }

  /** Cuts the connections of all pages, as a lost network does. */
  cutPages(): void {
    for (const socket of this.cria.server.io.sockets.sockets.values()) {
      if (!this.#watchers.has(socket.id)) socket.disconnect(true);
    }
  }

  /** A window of its own: nothing is shared with the windows before it but the server. */
  async open({ path = "/", box, ...options }: OpenOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(30_000);
    return this.openTab(await context.newPage(), path, box);
  }

  /** As {@link open}, on a line that lets nothing through before `mayConnect` resolves. */
  async openHeldUp(mayConnect: Promise<void>): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(30_000);
    await context.routeWebSocket(/socket\.io/, async (socket) => {
      await mayConnect;
      socket.connectToServer();
    });
    return this.openTab(await context.newPage(), "/");
  }

  /** Another tab beside one that is open. */
  async openBeside(page: Page, path: string): Promise<Page> {
    return this.openTab(await page.context().newPage(), path);
  }

  async openTab(page: Page, path: string, box = "Message"): Promise<Page> {
    await this.#goTo(page, path);
    const isModels = path === "/models";
    const ready = isModels ? page.getByRole("heading", { name: "Models" }) : page.getByRole("textbox", { name: box });
    await ready.waitFor();
    return page;
  }

  /** A page of another site: what it complains of is its own affair. */
  async openElsewhere(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext(options);
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  /** The page that describes the interfaces for other programs. */
  async openDocs({ path = "/docs", box = "Try it", ...options }: OpenOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    await this.#goTo(page, path);
    await page.getByRole("heading", { name: box }).waitFor();
    return page;
  }

  async #goTo(page: Page, path: string): Promise<void> {
    const { origin } = new URL(this.cria.url);
    page.on("pageerror", (error) => this.#problems.push(`error in the page: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.#problems.push(`console: ${message.text()}`);
    });
    page.on("dialog", (dialog) => {
      this.#problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (!["data:", "blob:"].includes(url.protocol) && url.origin !== origin)
        this.#problems.push(`request to ${url.origin}`);
    });
    await page.goto(`${this.cria.url}${path}`);
  }

  /**
   * Halts the model's process as soon as the next reply that anybody asks for has some text: what comes then happens in the
   * middle of a reply, on a slow machine as on a fast one. Resolves when it is on the watch; the function waits for the halt.
   */
  async haltNextReply(minLength = 30): Promise<() => Promise<HaltedReply>> {
    const client = await this.connect();
    const sampleAs = (sampling: Sampling) => client.request("settings:set", { scope: "everyone", value: { sampling } });
    this.#sampleAsUsual = async () => {
      this.#sampleAsUsual = () => Promise.resolve();
      await sampleAs({});
    };
    // This one reply is long enough that something can happen in the middle.
    await sampleAs({ ignoreEos: true, maxTokens: 400 });
    const listed = new Promise<string>((resolve) =>
      client.socket.once("conversation:listed", ({ conversation }) => resolve(conversation.id)),
    );
    const halted = new Promise<HaltedReply>((resolve, reject) => {
      this.#endWatch();
      this.#endWatch = this.cria.server.generations.onStart((generation) => {
        this.#endWatch();
        Promise.all([this.#halt(generation, listed, minLength), this.#sampleAsUsual()])
          .then(([reply]) => resolve(reply))
          .catch(reject);
      });
    });
    // A story that has failed by then does not ask for it any more, and its second try shall count.
    halted.catch(() => {});
    return () => halted;
  }

  /** Deletes every chat: what the history shows is the story's own then, also when it is tried again. */
  async forgetChats(): Promise<void> {
    const client = await this.connect();
    const { conversations } = await client.request("conversation:list", {});
    for (const { id } of conversations) await client.request("conversation:delete", { conversationId: id });
  }

  /** Has the model there, also after stories that killed it so often that it would be left alone for a while ([T27]). */
  async loadAgain(): Promise<void> {
    const client = await this.connect();
    await client.request("model:load", { modelId: "alpaca.demo" });
  }

  /** Halts the model's process as soon as this reply has some text. */
  halt(reply: Message, minLength: number): Promise<HaltedReply> {
    const generation = this.cria.server.generations.running.find(({ id }) => id === reply.generationId);
    if (!generation) throw new Error("the reply was over too soon");
    return this.#halt(generation, Promise.resolve(reply.conversationId), minLength);
  }

  async #halt({ log }: Generation, conversationId: Promise<string>, minLength: number): Promise<HaltedReply> {
    const until = (done: () => boolean) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!done()) return;
          unsubscribe();
          resolve();
        };
        const unsubscribe = log.subscribe(look);
        look();
      });
    const { signal } = this.#story;
    let processId = 0;
    await until(() => {
      if (signal.aborted) return true;
      if (log.text.length < minLength && !log.ended) return false;
      // At once, before the model writes on.
      processId = this.cria.server.pool.processId("alpaca.demo") ?? 0;
      if (processId !== 0) process.kill(processId, "SIGSTOP");
      this.#halted.add(processId);
      return true;
    });
    signal.throwIfAborted();
    if (log.ended) throw new Error("the reply was over too soon");
    return {
      processId,
      conversationId: await conversationId,
      resume: () => this.#resume(processId),
      text: async () => {
        await until(() => log.ended);
        return log.text;
      },
    };
  }

  #resume(processId: number): void {
    if (!this.#halted.delete(processId)) return;
    try {
      process.kill(processId, "SIGCONT");
    } catch {
      // The story has killed it.
    }
  }

  async connect(): Promise<TestClient> {
    const client = await this.cria.connect();
    this.#watchers.add(client.socket.id);
    return client;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.cria.close();
  }
}

export interface HaltedReply {
  processId: number;
  conversationId: string;
  /** Lets the model go on. */
  resume(): void;
  /** The whole reply, when it has ended. */
  text(): Promise<string>;
}

/** Writes a message and sends it with Enter. */
export async function say(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.keyboard.press("Enter");
}

/** The replies of the shown branch, in order. */
export function replies(page: Page) {
  return page.getByRole("article").filter({ has: page.getByRole("heading", { name: "Tiny Demo 7M" }) });
}

/**
 * The letters of the last reply. Not as rendered: a tab in the background renders nothing. Compare it with {@link lettersOf} what
 * the model said: Markdown's signs and the page's spaces are no part of either.
 */
export async function lastReplyLetters(page: Page): Promise<string> {
  const text = await replies(page)
    .last()
    .evaluate((article) => {
      const body = article.querySelector(":scope > h2 + div")?.cloneNode(true);
      if (!(body instanceof HTMLElement)) return "";
      for (const caption of body.querySelectorAll("figcaption")) caption.remove();
      return body.textContent ?? "";
    });
  return lettersOf(text);
}

export function lettersOf(text: string): string {
  return text.replace(/\P{L}/gu, "");
}

/** Waits until the last reply has ended. */
export async function replyEnded(page: Page): Promise<void> {
  await replies(page).last().getByRole("button", { name: "Regenerate" }).waitFor();
}

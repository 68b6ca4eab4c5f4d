import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ChatBackend, openBackend } from "../cli/chat/ChatBackend.js";
import { ChatSession } from "../cli/chat/ChatSession.js";
import { InputHistory } from "../cli/chat/InputHistory.js";
import { InteractiveChat } from "../cli/chat/InteractiveChat.js";
import { LineEditor } from "../cli/chat/LineEditor.js";
import { terminalStyle } from "../cli/chat/terminalStyle.js";
import { packagePath } from "../platform/paths.js";
import type { Sampling } from "../protocol/sampling.js";
import { installRandomModel, randomModelId } from "./installRandomModel.js";
import { TestServer, testConfig } from "./TestServer.js";

let cria: TestServer;
beforeAll(async () => {
  cria = await TestServer.start(installRandomModel);
});
afterAll(() => cria.close());

const mainPath = join(packagePath, "dist", "server", "cli", "main.js");

/** Runs the program as a shell would, with what is piped into it. */
async function run(
  words: string[],
  options: { input?: string; shell?: boolean; interruptAt?: string | undefined } = {},
) {
  const flags = ["--home", cria.homePath, "--threads", "1", "--gpu", "off"];
  const command = [mainPath, "chat", ...words, ...flags];
  const child = options.shell
    ? spawn("sh", ["-c", `printf '%s' "$INPUT" | "$@"`, "sh", process.execPath, ...command], {
        env: { ...process.env, INPUT: options.input ?? "" },
      })
    : spawn(process.execPath, command);
  child.stdin.on("error", () => {});
  child.stdin.end(options.shell ? "" : (options.input ?? ""));
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    if (options.interruptAt === undefined || !stdout.includes(options.interruptAt)) return;
    options.interruptAt = undefined;
    child.kill("SIGINT");
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { stdout, stderr, code };
}

const onServer = () => ["--url", cria.url];

describe("one answer for a script", () => {
  it("comes from the engine in the program's own process when no server runs", async () => {
    const { stdout, stderr, code } = await run(["demo", "-p", "Who are you?", "--temp", "0", "--port", "1"]);
    expect(stdout).toMatch(/^I am .*\n$/s);
    expect([stderr, code]).toEqual(["", 0]);
  });

  it("is the same from a server: one that is named, or the one of this home that runs", async () => {
    const words = ["demo", "-p", "Who are you?", "--temp", "0"];
    const named = await run([...words, ...onServer()]);
    const before = cria.server.generations.running.length;
    const found = await run([...words, "--port", String(cria.server.port)]);
    expect(named.stdout).toMatch(/^I am/);
    expect(found.stdout).toBe(named.stdout);
    expect(cria.server.generations.running).toHaveLength(before);
  });

  it("takes a pipe for the prompt, or puts it after the one that was given", async () => {
    const piped = await run(["demo", "--temp", "0", ...onServer()], { input: "Who are you?" });
    expect(piped.stdout).toMatch(/^I am/);
    const both = await run(["demo", "--temp", "0", "-p", "Tell me a story about", ...onServer()], {
      input: "a dragon.",
      shell: true,
    });
    expect(both.stdout.toLowerCase()).toContain("dragon");
  });

  it("continues a text with --raw, and is JSON with --json", async () => {
    const words = ["demo", "--raw", "--json", "-p", "Once upon a time", "-n", "5", "--seed", "4", ...onServer()];
    const { stdout, code } = await run(words);
    const answer = JSON.parse(stdout) as { text: string; stats: { seed: number } };
    expect(answer).toMatchObject({
      model: "alpaca.demo",
      stopReason: "length",
      stats: { generatedTokens: 5, seed: 4 },
    });
    expect(answer.text).not.toBe("");
    expect(code).toBe(0);
  });

  it("ends where Ctrl-C comes, with what there is and the shell's status for it", async () => {
    const words = [randomModelId, "--raw", "-p", "the cat", "--ignore-eos", "-n", "4000"];
    for (const where of [onServer(), ["--local"]]) {
      const { stdout, code } = await run([...words, ...where], { interruptAt: " " });
      expect(stdout.trim()).not.toBe("");
      expect(code).toBe(130);
    }
  });

  it("has no colours where there is no terminal", async () => {
    expect((await run(["demo", "-p", "Who are you?", ...onServer()])).stdout).not.toContain("\u{1b}");
    expect(terminalStyle({ isTTY: true }, {}).bold("x")).toBe("\u{1b}[1mx\u{1b}[22m");
    expect(terminalStyle({ isTTY: true }, { NO_COLOR: "1" }).bold("x")).toBe("x");
    expect(terminalStyle({ isTTY: true }, { TERM: "dumb" }).bold("x")).toBe("x");
    expect(terminalStyle({}, {}).bold("x")).toBe("x");
  });
});

describe("what cannot be answered", () => {
  it("is told in a line and what to do, or as JSON", async () => {
    const unknown = await run(["llama.65B", "-p", "x", ...onServer()]);
    expect(unknown).toMatchObject({ code: 1, stdout: "" });
    expect(unknown.stderr).toBe('No model called "llama.65B" is installed.\nInstalled: random.long, alpaca.demo.\n');
    const json = await run(["llama.65B", "-p", "x", "--json", ...onServer()]);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: "model_not_found" } });
    expect(json.code).toBe(1);
    expect(await run([], { input: "" })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("nothing to answer"),
    });
    const nobody = await run(["-p", "x", "--url", "http://127.0.0.1:1"]);
    expect(nobody.stderr).toContain("Nothing answers at http://127.0.0.1:1");
    const full = await run(["demo", ...onServer()], { input: "word ".repeat(2000) });
    expect(full).toMatchObject({ code: 1, stderr: expect.stringContaining("context") });
  });
});

describe("the talk at the terminal", () => {
  let backend: ChatBackend;
  beforeAll(async () => {
    backend = await openBackend({ config: testConfig(cria.homePath), url: cria.url, local: false }, () => {});
  });
  afterAll(() => backend.close());

  const talks: Talk[] = [];
  afterEach(async () => {
    for (const talk of talks.splice(0)) await talk.leave();
  });

  /** Types, and waits for what the screen shows. */
  class Talk {
    readonly session: ChatSession;
    readonly ended: Promise<void>;
    readonly #keys = Object.assign(new PassThrough(), { setRawMode: () => process.stdin });
    #screen = "";
    #wake = () => {};

    private constructor(modelId: string, sampling: Sampling, raw: boolean, history: InputHistory) {
      this.session = new ChatSession({ modelId, sampling });
      const output = new Writable({
        write: (chunk: Buffer, _, done) => {
          this.#screen += chunk.toString();
          this.#wake();
          done();
        },
      });
      const editor = new LineEditor(this.#keys, output, history);
      const parts = { backend, session: this.session, editor, output, style: terminalStyle({}) };
      this.ended = new InteractiveChat(parts, { raw, verbose: true }).run().finally(() => editor.close());
    }

    static async start(modelId = "alpaca.demo", sampling: Sampling = { temperature: 0 }, raw = false): Promise<Talk> {
      const talk = new Talk(modelId, sampling, raw, await InputHistory.open(join(cria.homePath, "chat-history")));
      talks.push(talk);
      await talk.until(">>> ");
      return talk;
    }

    /** Everything shown from here on until `text` appears. */
    async until(text: string): Promise<string> {
      for (;;) {
        const at = this.#screen.indexOf(text);
        if (at >= 0) {
          const shown = this.#screen.slice(0, at + text.length);
          this.#screen = this.#screen.slice(at + text.length);
          return shown;
        }
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }

    type(keys: string): void {
      this.#keys.write(keys);
    }

    /** Sends a message and gives what is shown until the next prompt. */
    async say(text: string): Promise<string> {
      this.type(`${text}\r`);
      await this.until("\n");
      return this.until(">>> ");
    }

    async leave(): Promise<void> {
      this.#keys.end("\u{4}");
      await this.ended;
    }
  }

  it("streams replies, remembers the turns, and leaves with /bye", async () => {
    const talk = await Talk.start();
    expect(await talk.say("My name is Tom.")).toMatch(/\[\d+ tokens, [\d.]+ per second/);
    expect(await talk.say("What is my name?")).toContain("Tom");
    expect(talk.session.turns).toHaveLength(4);
    talk.type("/bye\r");
    await talk.ended;
  });

  it("has commands for the model, the instructions, the parameters, a new chat and a file", async () => {
    const talk = await Talk.start();
    expect(await talk.say("/save")).toContain("There is nothing to save yet.");
    await talk.say("Who are you?");
    expect(await talk.say("/model")).toContain("* alpaca.demo  Tiny Demo 7M, in memory");
    expect(await talk.say("/model long")).toContain("random.long answers from here on.");
    expect(await talk.say("/model nobody")).toContain('No model called "nobody"');
    expect(await talk.say("/model demo")).toContain("alpaca.demo");
    expect(await talk.say("/system Answer in one word.")).toContain("Answer in one word.");
    expect(await talk.say("/system none")).toContain("No instructions");
    expect(await talk.say("/set top-k 3")).toContain("topK 3");
    expect(await talk.say("/set top-k -3")).toContain('--top-k cannot be "-3"');
    expect(await talk.say("/dance")).toContain("There is no command /dance.");
    expect(await talk.say("/help")).toContain("/save [file]");
    const path = join(cria.homePath, "talk.json");
    expect(await talk.say(`/save ${path}`)).toContain("Saved to");
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({
      sampling: { temperature: 0, topK: 3 },
      messages: [{ role: "user", content: "Who are you?" }, { role: "assistant" }],
    });
    expect(await talk.say(`/save ${path}`)).toContain("is there already");
    expect(await talk.say(`/save ${path}/below.md`)).toContain("a part of its path is a file");
    await talk.say("/again");
    expect(talk.session.turns).toHaveLength(2);
    expect(await talk.say("/new")).toContain("A new chat.");
    expect(await talk.say("/again")).toContain("nothing to answer again");
    expect(talk.session.turns).toEqual([]);
  });

  it("takes messages of several lines, pasted ones too, and brings them back with the arrow key", async () => {
    const talk = await Talk.start();
    talk.type('"""\r');
    await talk.until("... ");
    talk.type("My name\r");
    await talk.until("... ");
    await talk.say('is Tom."""');
    expect(talk.session.turns[0]?.content).toBe("My name\nis Tom.");
    await talk.say("\u{1b}[200~Who\nare\nyou?\u{1b}[201~");
    expect(talk.session.turns[2]?.content).toBe("Who\nare\nyou?");
    await talk.say("/new");
    await talk.say("\u{1b}[A\u{1b}[A\u{1b}[A");
    expect(talk.session.turns[0]?.content).toBe("My name\nis Tom.");
  });

  it("stops a reply with Ctrl-C and keeps what came; keys typed meanwhile wait for the prompt", async () => {
    const talk = await Talk.start(randomModelId, { ignoreEos: true, maxTokens: 4000 });
    talk.type("the cat\r");
    await talk.until(" w");
    talk.type("/he");
    talk.type("\u{3}");
    await talk.until("[stopped");
    await talk.until(">>> ");
    expect(talk.session.turns).toHaveLength(2);
    talk.type("lp\r");
    await talk.until("/save [file]");
  });

  it("leaves with a second Ctrl-C, and with two at the prompt", async () => {
    const talk = await Talk.start(randomModelId, { ignoreEos: true, maxTokens: 4000 }, true);
    talk.type("the cat\r");
    await talk.until(" w");
    talk.type("\u{3}");
    await talk.until(">>> ");
    talk.type("\u{3}");
    await talk.ended;
    const other = await Talk.start();
    other.type("half a line\u{3}");
    await other.until(">>> ");
    other.type("\u{3}");
    await other.until("once more");
    await other.until(">>> ");
    other.type("\u{3}");
    await other.ended;
  });

  it("shows an error in place and goes on", async () => {
    const talk = await Talk.start();
    expect(await talk.say("word ".repeat(1200))).toMatch(/context/);
    expect(talk.session.turns).toEqual([]);
    expect(await talk.say("Who are you?")).toContain("I am");
  });
});

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { childrenOf } from "./CriaProcess.js";
import { temporaryHome } from "./TestServer.js";

/** util-linux's: runs a command on a terminal of its own. */
const scriptPath = "/usr/bin/script";
const mainPath = join(packagePath, "dist", "server", "cli", "main.js");

let home: Awaited<ReturnType<typeof temporaryHome>>;
beforeEach(async () => {
  home = await temporaryHome();
});
afterEach(() => home.remove());

/** The program on a terminal, and then what the terminal is like. */
class OnTerminal {
  readonly #script: ChildProcess;
  readonly ended: Promise<unknown>;
  output = "";
  #look: () => void = () => {};

  constructor(words: string) {
    this.#script = spawn(
      scriptPath,
      ["-qefc", `"${process.execPath}" "${mainPath}" ${words}; echo "status $?"; stty -a`, "/dev/null"],
      { env: { ...process.env, CRIA_HOME: home.path, CRIA_GPU: "off", CI: "1" }, stdio: ["pipe", "pipe", "inherit"] },
    );
    this.#script.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.output += text;
      this.#look();
    });
    this.ended = once(this.#script, "close");
  }

  /** Resolves when `text` was shown. */
  shows(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#look = () => {
        if (this.output.includes(text)) resolve();
      };
      void this.ended.then(() => reject(new Error(`it ended: ${this.output}`)));
      this.#look();
    });
  }

  type(keys: string): void {
    this.#script.stdin?.write(keys);
  }

  /** Sends the program itself a signal: under `script` is the shell, and under that the program. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const [shell] = await childrenOf(this.#script.pid ?? 0);
    const [program] = await childrenOf(shell ?? 0);
    if (program === undefined) throw new Error("there is no program");
    process.kill(program, signal);
  }
}

const plain = { echo: /(?<!-)\becho\b/, lines: /(?<!-)\bicanon\b/ };

describe.runIf(existsSync(scriptPath))("a terminal", () => {
  it.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("is as it was after %s ended a talk", async (signal, status) => {
    const cria = new OnTerminal("chat demo --local");
    await cria.shows(">>> ");
    await cria.kill(signal);
    await cria.ended;
    expect(cria.output).toContain(`status ${status}`);
    expect(cria.output.lastIndexOf("\u{1b}[?2004l")).toBeGreaterThan(cria.output.lastIndexOf("\u{1b}[?2004h"));
    expect(cria.output).toMatch(plain.echo);
    expect(cria.output).toMatch(plain.lines);
  });

  it.each([
    ["Ctrl-C", "\u{3}", 130],
    ["Ctrl-D", "\u{4}", 130],
    ["no", "n\n", 1],
  ])("that is asked for another port takes %s for an answer", async (_, keys, status) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const cria = new OnTerminal(`serve --port ${(other.address() as AddressInfo).port}`);
    await cria.shows("[Y/n]");
    cria.type(keys);
    await cria.ended;
    other.close();
    expect(cria.output).toContain(`status ${status}`);
    expect(cria.output).not.toContain("went wrong");
    expect(cria.output).toMatch(plain.lines);
  });
});

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const programPath = fileURLToPath(new URL("scriptedOpenAiProgram.js", import.meta.url));
const messageSchema = z.object({ port: z.int() });

/** An engine of another server, in a process of its own, that says `w0 w1 w2 …`. Its one model is `<name>.words`. */
export class ScriptedOpenAi {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  /** Every reply is made at `tokensPerSecond`, however many there are. */
  static async start(tokensPerSecond: number): Promise<ScriptedOpenAi> {
    const child = fork(programPath, [JSON.stringify({ tokensPerSecond })], { execArgv: [] });
    const port = await new Promise<number>((resolve, reject) => {
      child.once("message", (message) => resolve(messageSchema.parse(message).port));
      child.once("exit", () => reject(new Error("the scripted engine ended")));
    });
    return new ScriptedOpenAi(`http://127.0.0.1:${port}/v1`, child);
  }

  get processId(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves when it is gone. */
  kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.kill("SIGKILL");
    });
  }
}

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { newRecord, type StreamRecord } from "./clients/StreamRequest.js";

export type BareCommand =
  | { type: "load"; modelPath: string; threads: number; contextTokens: number }
  | { type: "run"; prompt: string; maxTokens: number }
  | { type: "end" };
export type BareReply =
  | { type: "loaded" }
  | { type: "ran"; startMs: number; arrivalsMs: number[]; promptTokens: number }
  | { type: "failed"; message: string };

const programPath = fileURLToPath(new URL("bareEngine.js", import.meta.url));

/** The engine alone, with a fixed number of threads. */
export class BareEngineProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(options: {
    modelPath: string;
    threads: number;
    contextTokens: number;
  }): Promise<BareEngineProcess> {
    const engine = new BareEngineProcess(
      fork(programPath, [], {
        execArgv: [],
        serialization: "advanced",
        // As fast as the engine can be had, which is with one of libuv's threads: `forkWorker` says why.
        env: { ...process.env, UV_THREADPOOL_SIZE: "1" },
      }),
    );
    await engine.#ask({ type: "load", ...options });
    return engine;
  }

  /** Greedy, to the given length, with an empty cache. Moments are those at which the engine handed the tokens out. */
  async run(prompt: string, maxTokens: number): Promise<StreamRecord> {
    const reply = await this.#ask({ type: "run", prompt, maxTokens });
    if (reply.type !== "ran") throw new Error("the bare engine did not run");
    const { startMs, arrivalsMs, promptTokens } = reply;
    return {
      ...newRecord(startMs),
      arrivalsMs,
      tokenCounts: arrivalsMs.map(() => 1),
      endMs: arrivalsMs.at(-1) ?? startMs,
      promptTokens,
      generatedTokens: arrivalsMs.length,
    };
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.send({ type: "end" } satisfies BareCommand);
    await gone;
  }

  #ask(command: BareCommand): Promise<BareReply> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error("the bare engine ended"));
      this.#child.once("exit", ended);
      this.#child.once("message", (reply: BareReply) => {
        this.#child.off("exit", ended);
        if (reply.type === "failed") reject(new Error(reply.message));
        else resolve(reply);
      });
      this.#child.send(command);
    });
  }
}

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ClientCommand, ClientReply, StreamRecord, StreamRequest } from "./StreamRequest.js";

const programPath = fileURLToPath(new URL("loadProcess.js", import.meta.url));

/** The harness's end of a load process. */
export class LoadClient {
  readonly #child: ChildProcess;
  readonly #jobs = new Map<number, { resolve(records: StreamRecord[]): void; reject(error: Error): void }>();
  #lastJobId = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (reply: ClientReply) => {
      if (reply.type === "ready") return;
      const job = this.#jobs.get(reply.jobId);
      this.#jobs.delete(reply.jobId);
      if (reply.type === "finished") job?.resolve(reply.records);
      else job?.reject(new Error(reply.message));
    });
    child.once("exit", (code, signal) => {
      for (const { reject } of this.#jobs.values()) reject(new Error(`a load process ended (${signal ?? code})`));
      this.#jobs.clear();
    });
  }

  static async start(): Promise<LoadClient> {
    const child = fork(programPath, [], { serialization: "advanced", execArgv: [] });
    await new Promise<void>((resolve, reject) => {
      child.once("message", () => resolve());
      child.once("exit", (code) => reject(new Error(`a load process did not start (${code})`)));
    });
    return new LoadClient(child);
  }

  get processId(): number {
    return this.#child.pid ?? 0;
  }

  /** Asks for all at once (each after its own delay) and waits for all. Throws when one could not even be asked. */
  run(requests: StreamRequest[]): Promise<StreamRecord[]> {
    const jobId = ++this.#lastJobId;
    return new Promise((resolve, reject) => {
      this.#jobs.set(jobId, { resolve, reject });
      this.#child.send({ type: "run", jobId, requests } satisfies ClientCommand);
    });
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.send({ type: "end" } satisfies ClientCommand);
    await gone;
  }
}

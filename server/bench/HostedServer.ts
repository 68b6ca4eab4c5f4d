import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Flags } from "../platform/config.js";
import type { WorkerProgram } from "../workers/forkWorker.js";

/** Figures of the server's process since they were asked for last. */
export interface HostFigures {
  residentBytes: number;
  /** How late timers came. */
  loopDelayMs: { p50: number; p99: number; max: number };
  /** Share of the time that the event loop was not waiting, 0 to 1. */
  loopUtilization: number;
  /** CPU time of all its threads. */
  cpuMs: number;
  /** CPU time by wall time; 1 is one core. */
  cpuShare: number;
}

export type HostCommand =
  | { type: "start"; flags: Flags; program?: WorkerProgram }
  | { type: "figures" }
  | { type: "close" };
export type HostReply =
  | { type: "ready"; url: string }
  | { type: "failed"; message: string }
  | { type: "figures"; figures: HostFigures }
  | { type: "engineIdle"; generationId: string; atMs: number };

const programPath = fileURLToPath(new URL("serverHost.js", import.meta.url));

/** A server in a process of its own, as the harness sees it. */
export class HostedServer {
  readonly url: string;
  readonly #child: ChildProcess;
  /** Generation id → moment (`monotonicMs`) at which the engine was done with it. */
  readonly #idle = new Map<string, number>();
  readonly #idleWaiters = new Map<string, (atMs: number) => void>();

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
    child.on("message", (reply: HostReply) => {
      if (reply.type !== "engineIdle") return;
      this.#idle.set(reply.generationId, reply.atMs);
      this.#idleWaiters.get(reply.generationId)?.(reply.atMs);
    });
  }

  /** `program` takes the place of the engine. */
  static async start(flags: Flags, program?: WorkerProgram): Promise<HostedServer> {
    const child = fork(programPath, [], { execArgv: [] });
    const url = await new Promise<string>((resolve, reject) => {
      child.once("message", (reply: HostReply) => {
        if (reply.type === "ready") resolve(reply.url);
        else reject(new Error(reply.type === "failed" ? reply.message : "the server did not start"));
      });
      child.once("exit", (code, signal) => reject(new Error(`the server ended (${signal ?? code})`)));
      child.send({ type: "start", flags, ...(program === undefined ? {} : { program }) } satisfies HostCommand);
    });
    return new HostedServer(child, url);
  }

  /** When the engine itself was done with the generation, on the shared clock. */
  idleAtMs(generationId: string): Promise<number> {
    const known = this.#idle.get(generationId);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => this.#idleWaiters.set(generationId, resolve));
  }

  get processId(): number {
    return this.#child.pid ?? 0;
  }

  /** Asking starts a new period. */
  figures(): Promise<HostFigures> {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error("the server ended"));
      const take = (reply: HostReply) => {
        if (reply.type !== "figures") return;
        this.#child.off("message", take).off("exit", fail);
        resolve(reply.figures);
      };
      this.#child.on("message", take).once("exit", fail);
      this.#child.send({ type: "figures" } satisfies HostCommand);
    });
  }

  /** As a power cut does it; resolves when the process is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await gone;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.send({ type: "close" } satisfies HostCommand);
    await gone;
  }
}

import type { Principal } from "../access/Principal.js";
import { AppError } from "../platform/AppError.js";
import type { GenerationStats, StopReason, TokenDetail } from "../protocol/generation.js";
import type { GenerationListener } from "../workers/ModelWorker.js";
import type { WorkerStats } from "../workers/messages.js";
import type { GenerationLog } from "./GenerationLog.js";

/** How long Stop waits for the worker's figures before the generation ends without them. */
const stopFiguresMs = 500;

/**
 * One reply being made: writes what the worker reports into the log until exactly one end.
 * From `stop()` on no text is taken any more, so what was shown is what is kept.
 */
export class Generation implements GenerationListener {
  readonly id: string;
  readonly modelId: string;
  readonly log: GenerationLog;
  /** Who asked for it: only its owner may read or stop it, and it ends when the token that began it is revoked. */
  readonly by: Principal;
  readonly #startedMs = performance.now();
  readonly #stopRequested = new AbortController();
  #inEngine = false;
  #ttftMs: number | undefined;
  #answering = false;

  constructor(id: string, modelId: string, log: GenerationLog, by: Principal) {
    this.id = id;
    this.modelId = modelId;
    this.log = log;
    this.by = by;
  }

  /** Aborted by {@link stop}. */
  get stopSignal(): AbortSignal {
    return this.#stopRequested.signal;
  }

  /** The engine is about to have it, and will tell its end with its figures. */
  handOver(): void {
    this.#inEngine = true;
  }

  /** Ends the reply where it stands; at once while its model is being loaded. False when it had ended already. */
  stop(): boolean {
    if (this.log.ended) return false;
    if (this.#stopRequested.signal.aborted) return true;
    this.#stopRequested.abort();
    if (!this.#inEngine) {
      this.end("stopped");
      return true;
    }
    const timer = setTimeout(() => this.end("stopped"), stopFiguresMs);
    timer.unref();
    return true;
  }

  /** The model is being loaded; `progress` is 0 to 1. */
  loading(progress: number): void {
    this.log.append({ type: "phase", phase: { phase: "loading", progress } });
  }

  queued(position: number): void {
    this.log.append({ type: "phase", phase: { phase: "queued", position } });
  }

  /** The model writes a summary of what no longer fits; so many tokens of it so far. */
  summarising(tokenCount: number): void {
    this.log.append({ type: "phase", phase: { phase: "summarising", tokenCount } });
  }

  reading(evaluatedTokens: number, promptTokens: number): void {
    this.log.append({ type: "phase", phase: { phase: "reading", evaluatedTokens, promptTokens } });
    if (evaluatedTokens >= promptTokens) this.#answers();
  }

  text(text: string, tokenCount: number, tokens?: TokenDetail[]): void {
    if (this.stopSignal.aborted) return;
    if (tokenCount > 0) this.#ttftMs ??= performance.now() - this.#startedMs;
    try {
      if (tokenCount > 0) this.#answers();
      this.log.append({ type: "text", text, tokenCount, ...(tokens === undefined ? {} : { tokens }) });
    } catch (error) {
      // It cannot be stored, so nobody is shown it: what is shown is what is kept.
      this.log.append({ type: "end", stopReason: "error", error: AppError.from(error).toInfo() });
      this.#stopRequested.abort();
    }
  }

  #answers(): void {
    if (this.#answering) return;
    this.#answering = true;
    this.log.append({ type: "phase", phase: { phase: "answering" } });
  }

  done(message: { stopReason: Exclude<StopReason, "error">; stats: WorkerStats }): void {
    this.end(this.stopSignal.aborted ? "stopped" : message.stopReason, message.stats);
  }

  failed(error: unknown): void {
    const known = AppError.from(error);
    if (this.stopSignal.aborted) this.end("stopped");
    else this.log.append({ type: "end", stopReason: "error", error: known.toInfo() });
  }

  end(stopReason: StopReason, stats?: WorkerStats): void {
    const full: GenerationStats | undefined =
      stats === undefined ? undefined : { ...stats, ttftMs: this.#ttftMs ?? performance.now() - this.#startedMs };
    this.log.append({ type: "end", stopReason, ...(full === undefined ? {} : { stats: full }) });
  }
}

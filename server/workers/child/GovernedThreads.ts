import { usableCores } from "../../platform/freeCores.js";
import type { LoadOptions } from "../messages.js";
import type { BatchObservation, BatchWatcher } from "./Batcher.js";
import { OthersLoad } from "./OthersLoad.js";
import { ThreadGovernor } from "./ThreadGovernor.js";

/** How often the system's own figures are looked at while there is work. */
const lookEveryMs = 250;

/** Wires the governor to the engine: batches go in, thread counts come out. Looks are taken only while batches come. */
export class GovernedThreads implements BatchWatcher {
  readonly #governor: ThreadGovernor;
  readonly #setThreads: (threads: number) => void;
  readonly #whileLoading = new OthersLoad();
  #load: OthersLoad | undefined;
  #lookedMs = 0;
  #applied: number;
  #fixed: { threads: number; batchThreads: number } | undefined;

  constructor(options: LoadOptions, setThreads: (threads: number) => void) {
    const { maxThreads: max, batchThreads: maxBatch = max, threads: initial } = options;
    this.#governor = new ThreadGovernor({ max, maxBatch, initial, cores: usableCores() });
    this.#setThreads = setThreads;
    this.#applied = this.#governor.threads;
  }

  /** The weights are loaded: begins with as many threads as others left free meanwhile. */
  begin(): void {
    this.#governor.begin(this.#whileLoading.sample());
  }

  /** From now on exactly so many. */
  fix(threads: number, batchThreads: number): void {
    this.#fixed = { threads, batchThreads };
  }

  begins(promptTokens: number): void {
    const { threads, batchThreads } = this.#fixed ?? this.#governor;
    const wanted = promptTokens > 0 ? batchThreads : threads;
    if (wanted === this.#applied) return;
    this.#applied = wanted;
    this.#setThreads(wanted);
  }

  observe({ decoding, promptTokens, ms }: BatchObservation): void {
    const nowMs = performance.now();
    if (decoding > 0 && promptTokens === 0) this.#governor.step(decoding, ms, nowMs);
    // After a pause the counters cover a time in which this process did nothing: start afresh.
    if (this.#load === undefined || nowMs - this.#lookedMs > 4 * lookEveryMs) {
      this.#load = new OthersLoad();
      this.#lookedMs = nowMs;
    } else if (nowMs - this.#lookedMs >= lookEveryMs) {
      this.#governor.look(this.#load.sample(), nowMs);
      this.#lookedMs = nowMs;
    }
  }
}

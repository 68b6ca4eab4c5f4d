import { usableCores } from "../../platform/freeCores.js";
import type { LoadOptions } from "../messages.js";
import type { BatchObservation, BatchWatcher } from "./Batcher.js";
import { OthersLoad } from "./OthersLoad.js";
import { ThreadGovernor } from "./ThreadGovernor.js";

/** How often the system's own figures are looked at while there is work. After a pause of that length the counters begin anew. */
const lookEveryMs = 250;

/** Where the figures come from; tests bring their own. */
interface Surroundings {
  cores: number;
  nowMs(): number;
  /** Begins to count what others use. */
  watchOthers(): { sample(): number };
}

const thisMachine = (): Surroundings => ({
  cores: usableCores(),
  nowMs: () => performance.now(),
  watchOthers: () => new OthersLoad(),
});

/** Wires the governor to the engine: batches go in, thread counts come out. Looks are taken only while batches come. */
export class GovernedThreads implements BatchWatcher {
  readonly #governor: ThreadGovernor;
  readonly #setThreads: (threads: number) => void;
  readonly #surroundings: Surroundings;
  readonly #whileLoading: { sample(): number };
  #others: { sample(): number } | undefined;
  #lookedMs = 0;
  /** When the last batch was over. */
  #endedMs = 0;
  #applied: number;
  /** The batch has fewer threads than the governor wants: it says nothing of what those would do. */
  #isLimited = false;
  #limit = Number.POSITIVE_INFINITY;
  #fixed: { threads: number; batchThreads: number } | undefined;

  constructor(options: LoadOptions, setThreads: (threads: number) => void, surroundings = thisMachine()) {
    const { maxThreads: max, batchThreads: maxBatch = max, threads: initial } = options;
    this.#surroundings = surroundings;
    this.#whileLoading = surroundings.watchOthers();
    this.#governor = new ThreadGovernor({ max, maxBatch, initial, cores: surroundings.cores });
    this.#setThreads = setThreads;
    this.#applied = initial;
  }

  /** The weights are loaded: begins with as many threads as others left free meanwhile. */
  begin(): void {
    this.#governor.begin(this.#whileLoading.sample());
  }

  /** From now on exactly so many. */
  fix(threads: number, batchThreads: number): void {
    this.#fixed = { threads, batchThreads };
  }

  /** From now on at most so many. */
  limit(threads: number): void {
    this.#limit = threads;
  }

  begins(decoding: number, promptTokens: number): void {
    const nowMs = this.#surroundings.nowMs();
    // What others did while nothing was to be computed here says nothing of now.
    if (this.#others === undefined || nowMs - this.#endedMs > lookEveryMs) {
      this.#others = this.#surroundings.watchOthers();
      this.#lookedMs = nowMs;
    }
    const wanted =
      promptTokens > 0
        ? (this.#fixed ?? this.#governor).batchThreads
        : (this.#fixed?.threads ?? this.#governor.threadsFor(decoding));
    this.#isLimited = wanted > this.#limit;
    const threads = Math.min(wanted, this.#limit);
    if (threads === this.#applied) return;
    this.#applied = threads;
    this.#setThreads(threads);
  }

  observe({ decoding, promptTokens, ms }: BatchObservation): void {
    const nowMs = this.#surroundings.nowMs();
    if (decoding > 0 && promptTokens === 0 && !this.#isLimited) this.#governor.step(decoding, ms, nowMs);
    this.#endedMs = nowMs;
    if (this.#others === undefined || nowMs - this.#lookedMs < lookEveryMs) return;
    this.#governor.look(this.#others.sample(), nowMs);
    this.#lookedMs = nowMs;
  }
}

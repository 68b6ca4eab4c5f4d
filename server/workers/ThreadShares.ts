import type { ModelWorker } from "./ModelWorker.js";

type Sharer = Pick<ModelWorker, "state" | "activeGenerations" | "gpu" | "limitThreads">;

/**
 * Shares the threads among the models that are at work at the same moment, so that together they never have more than there are: each
 * worker's governor sees what the others use only after a while, and until then all of them spin for each other. A model that is alone
 * has them all. Those on a GPU are left out, whose work is not done by threads.
 */
export class ThreadShares {
  readonly #totalThreads: number;
  readonly #told = new WeakMap<Sharer, number>();

  /** `totalThreads`: of all models together. Where more of them are at work than that, each has one. */
  constructor(totalThreads: number) {
    this.#totalThreads = totalThreads;
  }

  /** To be called whenever a generation begins or ends in one of the `workers`, or one of them does. */
  share(workers: Iterable<Sharer>): void {
    const busy = [...workers].filter(
      ({ state, activeGenerations, gpu }) => state === "ready" && activeGenerations > 0 && gpu === false,
    );
    const each = Math.floor(this.#totalThreads / busy.length);
    const over = this.#totalThreads % busy.length;
    for (const [index, worker] of busy.entries()) {
      const threads = Math.max(1, each + (index < over ? 1 : 0));
      if ((this.#told.get(worker) ?? this.#totalThreads) === threads) continue;
      this.#told.set(worker, threads);
      worker.limitThreads(threads);
    }
  }
}

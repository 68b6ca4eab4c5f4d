import type { GenerationObserver } from "../../chat/LiveGenerations.js";
import type { ServerStatus } from "../../protocol/serverStatus.js";
import type { WorkerObserver } from "../../workers/WorkerObserver.js";

const keptReplies = 100;
const keptGaps = 1000;

/** The last so many values, and what half and 95 of 100 of them stay below. */
class Ring {
  readonly #values: number[] = [];
  readonly #size: number;
  #next = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(value: number): void {
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % this.#size;
  }

  get quantiles(): { p50: number; p95: number } | undefined {
    if (this.#values.length === 0) return undefined;
    const sorted = [...this.#values].sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    return { p50: at(0.5), p95: at(0.95) };
  }
}

/** What a page shows that looks now and then: the last replies' waits, and what happened since the start. */
export class RecentFigures {
  readonly #ttftMs = new Ring(keptReplies);
  readonly #gapMs = new Ring(keptGaps);
  readonly #totals = { promptTokens: 0, cachedTokens: 0, generatedTokens: 0, workerStarts: 0, workerDeaths: 0 };

  readonly generations: GenerationObserver = {
    firstToken: (_model, ttftMs) => this.#ttftMs.add(ttftMs),
    tokens: (_model, tokens, gapMs) => {
      this.#totals.generatedTokens += tokens;
      if (gapMs !== undefined) this.#gapMs.add(gapMs / Math.max(1, tokens));
    },
    promptRead: (_model, promptTokens, cachedTokens) => {
      this.#totals.promptTokens += promptTokens;
      this.#totals.cachedTokens += cachedTokens;
    },
    prefixCopied: (_model, tokens) => {
      this.#totals.cachedTokens += tokens;
    },
  };

  readonly workers: WorkerObserver = {
    workerStarted: () => this.#totals.workerStarts++,
    workerEnded: (_model, expected) => {
      if (!expected) this.#totals.workerDeaths++;
    },
  };

  view(): Pick<ServerStatus, "recent" | "totals"> {
    const [ttftMs, gapMs] = [this.#ttftMs.quantiles, this.#gapMs.quantiles];
    return {
      recent: { ...(ttftMs === undefined ? {} : { ttftMs }), ...(gapMs === undefined ? {} : { gapMs }) },
      totals: { ...this.#totals },
    };
  }
}

import type { ServerStatus } from "../../server/protocol/serverStatus.js";

/** What one look at the server gave for the plots; undefined: there was nothing to measure. */
export interface Sample {
  ttftMs: number | undefined;
  gapMs: number | undefined;
  tokensPerSecond: number;
  waiting: number;
  /** Of the prompts that were read since the look before, the share that was in the cache; of all, where none did. */
  cachedShare: number | undefined;
  loopDelayMs: number;
}

export interface Samples {
  readonly list: readonly Sample[];
  readonly last: ServerStatus | undefined;
}

export const noSamples: Samples = { list: [], last: undefined };

/** Two minutes of looks, one each second. */
const keptSamples = 120;

/** Adds what the server says now. A server that was started anew begins a new plot. */
export function collectSamples(samples: Samples, status: ServerStatus): Samples {
  const { last } = samples;
  const restarted = last !== undefined && status.uptimeMs < last.uptimeMs;
  const before = restarted ? undefined : last;
  const list = restarted ? [] : samples.list;
  const prompts = status.totals.promptTokens - (before?.totals.promptTokens ?? 0);
  const cached = status.totals.cachedTokens - (before?.totals.cachedTokens ?? 0);
  const sample: Sample = {
    ttftMs: status.recent.ttftMs?.p95,
    gapMs: status.recent.gapMs?.p95,
    tokensPerSecond: status.generations.reduce((sum, generation) => sum + generation.tokensPerSecond, 0),
    waiting: status.generations.filter((generation) => generation.phase === "queued").length,
    cachedShare: prompts > 0 ? cached / prompts : list.at(-1)?.cachedShare,
    loopDelayMs: status.server.eventLoopDelayMs.p99,
  };
  return { list: [...list, sample].slice(-keptSamples), last: status };
}

import { bootstrapInterval } from "./bootstrapInterval.js";
import { percentile } from "./percentile.js";

export interface Summary {
  /** How many samples. */
  count: number;
  mean: number;
  min: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
  /** 95 % confidence interval of the median. */
  interval: { low: number; high: number };
}

/** What a cell's samples say; every figure is `NaN` when there are none. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    count: sorted.length,
    mean: sorted.length === 0 ? Number.NaN : sorted.reduce((sum, sample) => sum + sample, 0) / sorted.length,
    min: sorted[0] ?? Number.NaN,
    p50: percentile(sorted, 50),
    p95: percentile(sorted, 95),
    p99: percentile(sorted, 99),
    max: sorted.at(-1) ?? Number.NaN,
    interval: bootstrapInterval(sorted),
  };
}

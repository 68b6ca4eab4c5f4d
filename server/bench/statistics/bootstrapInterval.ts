import { percentile } from "./percentile.js";

const resamples = 1000;

/**
 * The 95 % confidence interval of the median, by the percentile bootstrap (Efron 1979). The resampling is seeded, so the same
 * samples always give the same interval. Many samples are thinned evenly to
 * about 500 first, which can only make the interval wider.
 */
export function bootstrapInterval(samples: readonly number[]): { low: number; high: number } {
  const stride = Math.max(1, Math.floor(samples.length / 500));
  const drawn = stride === 1 ? samples : samples.filter((_, index) => index % stride === 0);
  if (drawn.length === 0) return { low: Number.NaN, high: Number.NaN };
  const random = seededRandom(drawn.length);
  const medians: number[] = [];
  for (let round = 0; round < resamples; round++) {
    const resample = Array.from({ length: drawn.length }, () => drawn[Math.floor(random() * drawn.length)] ?? 0);
    medians.push(
      percentile(
        resample.sort((a, b) => a - b),
        50,
      ),
    );
  }
  medians.sort((a, b) => a - b);
  return { low: percentile(medians, 2.5), high: percentile(medians, 97.5) };
}

/** 0 up to 1. mulberry32 by Tommy Ettinger, public domain. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** When the page had heard of how many tokens of a reply; `atMs` is on any clock that only goes on. */
export interface SpeedSample {
  atMs: number;
  tokenCount: number;
}

const maxSteps = 24;
/** Shorter steps would show how the network bundles tokens rather than how fast the model writes. */
const minStepMs = 250;
const minSteps = 3;
/** Samples nearer to each other than this tell nothing more. */
const minSampleMs = 100;
/** Less than this share of the writing time was seen: what came is a replay, and its speed says nothing. */
const seenShare = 0.6;

/** Notes how many tokens there are by now, unless that was just done. */
export function withSample(samples: readonly SpeedSample[], sample: SpeedSample): readonly SpeedSample[] {
  const last = samples.at(-1);
  return last && sample.atMs - last.atMs < minSampleMs ? samples : [...samples, sample];
}

/**
 * Tokens per second in equal steps of time from the first sample to the last. Undefined when the page did not see the reply being
 * made, or too little of it. `generationMs`: how long the model wrote.
 */
export function speedSeries(samples: readonly SpeedSample[], generationMs: number): number[] | undefined {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last) return undefined;
  const spanMs = last.atMs - first.atMs;
  const steps = Math.min(maxSteps, samples.length - 1, Math.floor(spanMs / minStepMs));
  if (steps < minSteps || spanMs < generationMs * seenShare) return undefined;
  const stepMs = spanMs / steps;
  const countAt = (atMs: number) => {
    const next = samples.findIndex((sample) => sample.atMs >= atMs);
    const after = samples[next] ?? last;
    const before = samples[next - 1];
    if (!before) return after.tokenCount;
    const share = (atMs - before.atMs) / (after.atMs - before.atMs);
    return before.tokenCount + share * (after.tokenCount - before.tokenCount);
  };
  return Array.from({ length: steps }, (_, step) => {
    const from = first.atMs + step * stepMs;
    return ((countAt(from + stepMs) - countAt(from)) * 1000) / stepMs;
  });
}

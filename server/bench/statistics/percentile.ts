/**
 * The value below which `percent` of the samples lie, linear between neighbours (type 7 of Hyndman and Fan, "Sample Quantiles
 * in Statistical Packages", 1996). `sorted` is in rising order; `NaN` for no samples.
 */
export function percentile(sorted: readonly number[], percent: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return low + (high - low) * (position - below);
}

/**
 * How evenly something was shared: 1 when all got the same, 1/n when one got everything. Source: Jain, Chiu and Hawe, "A
 * Quantitative Measure of Fairness" (1984): (Σx)² / (n·Σx²). `NaN` for nobody; 1 when nobody got anything.
 */
export function jainIndex(shares: readonly number[]): number {
  if (shares.length === 0) return Number.NaN;
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return squares === 0 ? 1 : (sum * sum) / (shares.length * squares);
}

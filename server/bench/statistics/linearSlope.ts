/**
 * The slope of the least-squares line through the points `[x, y]`, and its standard error: a slope within two of them of zero
 * is no growth. Fewer than three points, or all at one x, give `NaN`.
 */
export function linearSlope(points: readonly (readonly [x: number, y: number])[]): { slope: number; error: number } {
  const count = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count;
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (count < 3 || spread === 0) return { slope: Number.NaN, error: Number.NaN };
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const residual = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  return { slope, error: Math.sqrt(residual / (count - 2) / spread) };
}

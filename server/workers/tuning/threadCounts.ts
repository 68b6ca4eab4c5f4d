import type { Speed } from "./Tuning.js";

/** More threads have to be better than fewer by this share. */
const threadWorthwhile = 0.03;

/** 1, 2, 4, … and what is worth trying beside them: half of the cores, all but one, all. */
export function threadCounts(cores: number): number[] {
  const counts = new Set<number>([1, Math.ceil(cores / 2), cores - 1, cores]);
  for (let count = 2; count < cores; count *= 2) counts.add(count);
  return [...counts].filter((count) => count >= 1).sort((a, b) => a - b);
}

/** The smallest count whose rate is within the noise of the best one's. */
export function fewest(speeds: ReadonlyMap<number, Speed>, rate: (speed: Speed) => number): number {
  const best = Math.max(...[...speeds.values()].map(rate));
  for (const [count, speed] of [...speeds].sort(([a], [b]) => a - b))
    if (rate(speed) >= best * (1 - threadWorthwhile)) return count;
  return 1;
}

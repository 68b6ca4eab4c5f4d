import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { controlGroupFolders, type ReadText } from "./controlGroupFolders.js";

/**
 * CPU time quota of this process in cores, or `undefined` where there is none: the smallest of its control group's and of those above it.
 * Source: cgroup v2 `cpu.max`, v1 `cpu.cfs_*`.
 */
export function cpuQuotaCores(read: ReadText = (path) => readFileSync(path, "utf8")): number | undefined {
  const attempt = (paths: string[], parse: (texts: string[]) => number): number[] => {
    try {
      const cores = parse(paths.map((path) => read(path).trim()));
      return Number.isFinite(cores) && cores > 0 ? [cores] : [];
    } catch {
      return [];
    }
  };
  const quotas = controlGroupFolders("cpu", read).flatMap((folder) => [
    // "max 100000" is no number of cores.
    ...attempt([`${folder}/cpu.max`], ([text = ""]) => {
      const [quota, period] = text.split(/\s+/);
      return Number(quota) / Number(period);
    }),
    ...attempt(
      [`${folder}/cpu.cfs_quota_us`, `${folder}/cpu.cfs_period_us`],
      ([quota, period]) => Number(quota) / Number(period),
    ),
  ]);
  return quotas.length === 0 ? undefined : Math.min(...quotas);
}

/** Cores that this process may use at all: affinity and quota counted, at least 1. */
export function usableCores(): number {
  return Math.max(1, Math.floor(Math.min(availableParallelism(), cpuQuotaCores() ?? Number.POSITIVE_INFINITY)));
}

/** How many cores' worth of time other work used between two readings of the system's CPU times. */
function busyCores(before: ReturnType<typeof cpus>, after: ReturnType<typeof cpus>): number {
  let busy = 0;
  for (const [index, core] of after.entries()) {
    const earlier = before[index];
    if (earlier === undefined) continue;
    const idleMs = core.times.idle - earlier.times.idle;
    const totalMs =
      Object.values(core.times).reduce((sum, ms) => sum + ms, 0) -
      Object.values(earlier.times).reduce((sum, ms) => sum + ms, 0);
    if (totalMs > 0) busy += 1 - idleMs / totalMs;
  }
  return busy;
}

/**
 * Cores that are free now: the usable ones less what is busy, measured over `sampleMs`, at least 1.
 * The engine's threads spin at barriers, so one thread more than there are free cores slows it down many times over.
 */
export async function measureFreeCores(sampleMs = 100): Promise<number> {
  const before = cpus();
  await new Promise((resolve) => setTimeout(resolve, sampleMs));
  return Math.max(1, Math.min(usableCores(), Math.round(usableCores() - busyCores(before, cpus()))));
}

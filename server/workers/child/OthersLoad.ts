import { cpus } from "node:os";

/** Measures how much of the machine's CPU time others use: the whole system's busy time less this process's own. */
export class OthersLoad {
  #system = systemBusyMs();
  #ownMs = ownBusyMs();
  #atMs = performance.now();

  /** Cores' worth of time that others used since the last call. */
  sample(): number {
    const [system, ownMs, atMs] = [systemBusyMs(), ownBusyMs(), performance.now()];
    const elapsedMs = atMs - this.#atMs;
    const othersMs = system - this.#system - (ownMs - this.#ownMs);
    [this.#system, this.#ownMs, this.#atMs] = [system, ownMs, atMs];
    return elapsedMs > 0 ? Math.max(0, othersMs / elapsedMs) : 0;
  }
}

function systemBusyMs(): number {
  let busyMs = 0;
  for (const { times } of cpus()) busyMs += times.user + times.nice + times.sys + times.irq;
  return busyMs;
}

function ownBusyMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

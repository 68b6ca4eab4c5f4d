import type { ProgressMeter } from "./ProgressMeter.js";
import type { InstallPlan } from "./planInstall.js";

/** Adds the progress of several files, some fetched at the same time, some by earlier runs, into one count of bytes. */
export class FetchProgress {
  readonly #meter: ProgressMeter;
  #totalBytes: number;
  readonly #doneBytes = new Map<string, number>();
  readonly #earlierBytes: number;

  /** `startedBytes`: what is there already of the files that are still to be fetched, by their keys. */
  constructor(plan: InstallPlan, startedBytes: ReadonlyMap<string, number>, meter: ProgressMeter) {
    this.#meter = meter;
    this.#totalBytes = plan.fetchTotalBytes;
    let started = 0;
    for (const [key, bytes] of startedBytes) {
      this.#doneBytes.set(key, bytes);
      started += bytes;
    }
    this.#earlierBytes = Math.max(0, plan.fetchedBytes - started);
    this.#report();
  }

  /** A reporter for one file; `sizeKnown`: its size is in the plan's total. */
  of(key: string, sizeKnown: boolean): (doneBytes: number, totalBytes: number) => void {
    let counted = sizeKnown;
    return (doneBytes, totalBytes) => {
      if (!counted && totalBytes > 0) {
        counted = true;
        this.#totalBytes += totalBytes;
      }
      this.#doneBytes.set(key, doneBytes);
      this.#report();
    };
  }

  #report(): void {
    let sum = this.#earlierBytes;
    for (const bytes of this.#doneBytes.values()) sum += bytes;
    this.#meter.fetched(sum, this.#totalBytes);
  }
}

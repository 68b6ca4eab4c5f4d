import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

/** The histogram measures the time from one look to the next; what is beyond this is delay. */
const lookEveryMs = 10;

/** How late things are in this process because its event loop was busy. */
export class LoopDelay {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: lookEveryMs });

  constructor() {
    this.#histogram.enable();
  }

  /** In milliseconds, since the last call of {@link reset}. */
  read(): { p50: number; p99: number; max: number } {
    // With nothing measured yet the histogram's own figures are not numbers to show.
    if (this.#histogram.count === 0) return { p50: 0, p99: 0, max: 0 };
    const beyond = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - lookEveryMs);
    return {
      p50: beyond(this.#histogram.percentile(50)),
      p99: beyond(this.#histogram.percentile(99)),
      max: beyond(this.#histogram.max),
    };
  }

  reset(): void {
    this.#histogram.reset();
  }

  close(): void {
    this.#histogram.disable();
  }
}

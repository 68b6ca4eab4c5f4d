import type { EngineFigures } from "./messages.js";

export interface WatchdogTimes {
  /** How often a worker that has something to do is asked whether it lives. */
  lookMs: number;
  /** It is given up when it has left so many of these questions unanswered in a row. */
  missedAnswers: number;
  /** It is given up when nothing came of its work for this long, however lively it answers. */
  stuckMs: number;
}

/** What a worker is watched by, and what becomes of it. */
export interface Watched {
  /** Something is under way in it. */
  isBusy(): boolean;
  /** Its answer, or undefined when none came soon. */
  figures(): Promise<EngineFigures | undefined>;
  /** It has to be ended; `reason` completes "The process …". */
  giveUp(reason: string): void;
}

/**
 * Looks after one worker while it has something to do: one that does not answer any more (its event loop hangs, or the process was
 * stopped), whose work does not get on, or whose memory grows beyond its bound is given up. Questions are counted rather than time, so
 * that a machine that slept does not take its workers for dead.
 */
export class Watchdog {
  readonly #watched: Watched;
  readonly #times: WatchdogTimes;
  readonly #maxResidentBytes: number;
  readonly #timer: NodeJS.Timeout;
  #missed = 0;
  /** Looks since something came of the work. */
  #looksWithoutProgress = 0;

  /** `maxResidentBytes`: Infinity for no bound. */
  constructor(watched: Watched, times: WatchdogTimes, maxResidentBytes: number) {
    this.#watched = watched;
    this.#times = times;
    this.#maxResidentBytes = maxResidentBytes;
    this.#timer = setInterval(() => void this.#look(), times.lookMs);
    this.#timer.unref();
  }

  /** A piece of work got on. */
  progress(): void {
    this.#missed = 0;
    this.#looksWithoutProgress = 0;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (!this.#watched.isBusy()) {
      this.progress();
      return;
    }
    const { lookMs, missedAnswers, stuckMs } = this.#times;
    if (++this.#looksWithoutProgress * lookMs > stuckMs) {
      this.#giveUp(`made no progress for ${Math.round(stuckMs / 60_000)} minutes`);
      return;
    }
    if (this.#missed >= missedAnswers) {
      this.#giveUp("did not answer any more");
      return;
    }
    this.#missed++;
    const figures = await this.#watched.figures();
    if (figures === undefined) return;
    this.#missed = 0;
    if (figures.residentBytes > this.#maxResidentBytes)
      this.#giveUp(
        `took ${(figures.residentBytes / 1e9).toFixed(1)} GB of memory, more than its bound of ${(this.#maxResidentBytes / 1e9).toFixed(1)} GB`,
      );
  }

  #giveUp(reason: string): void {
    this.close();
    this.#watched.giveUp(reason);
  }
}

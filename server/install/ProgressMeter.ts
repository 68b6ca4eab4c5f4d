import type { InstallActivity, InstallProgress, InstallStep } from "../protocol/install.js";
import { saying } from "./describeActivity.js";

/** Readers see a change at most this often; a new step at once. */
const minIntervalMs = 150;
/** Speed is that of the last so many milliseconds. */
const speedWindowMs = 8000;

/** How much of the whole each part makes, for one bar over all steps. */
interface Shares {
  fetching: number;
  converting: number;
}

type Identity = Pick<InstallProgress, "modelId" | "name" | "quantization" | "license">;

/** Adds up what happens in an install into {@link InstallProgress}. */
export class ProgressMeter {
  readonly #identity: Identity;
  readonly #emit: (progress: InstallProgress) => void;
  readonly #now: () => number;
  #step: InstallStep = "resolving";
  #activity: InstallActivity | undefined;
  #fetchedBytes = 0;
  #fetchTotalBytes = 0;
  #convertedBytes = 0;
  #convertTotalBytes = 0;
  #stepProgress = 0;
  #shares: Shares = { fetching: 0.95, converting: 0 };
  #progress = 0;
  #samples: { atMs: number; fetchedBytes: number; convertedBytes: number }[] = [];
  #emittedMs = Number.NEGATIVE_INFINITY;

  constructor(
    identity: Identity,
    emit: (progress: InstallProgress) => void,
    now: () => number = performance.now.bind(performance),
  ) {
    this.#identity = identity;
    this.#emit = emit;
    this.#now = now;
  }

  /** What share of the whole fetching and converting make; the rest is checking. */
  setShares(shares: Shares): void {
    this.#shares = shares;
  }

  step(step: InstallStep, activity: InstallActivity): void {
    this.#step = step;
    this.#activity = activity;
    this.#stepProgress = 0;
    this.#report(true);
  }

  /** Like {@link step}, for those who would say it again and again. */
  stepOnce(step: InstallStep, activity: InstallActivity): void {
    if (this.#step !== step) this.step(step, activity);
  }

  /** A word on what is going on inside the step, such as a connection that is tried again. */
  say(activity: InstallActivity): void {
    this.#activity = activity;
    this.#report(true);
  }

  fetched(fetchedBytes: number, totalBytes: number): void {
    this.#fetchedBytes = fetchedBytes;
    this.#fetchTotalBytes = totalBytes;
    this.#report(false);
  }

  converted(convertedBytes: number, totalBytes: number): void {
    this.#convertedBytes = convertedBytes;
    this.#convertTotalBytes = totalBytes;
    this.#report(false);
  }

  /** What was fetched and converted is gone: nobody shall be told that it is kept. */
  dropped(): void {
    this.#fetchedBytes = 0;
    this.#convertedBytes = 0;
    this.#progress = 0;
    this.#report(true);
  }

  /** 0 to 1 inside a step that is counted in nothing else. */
  within(stepProgress: number): void {
    this.#stepProgress = stepProgress;
    this.#report(false);
  }

  /** The state now, as it is sent. */
  snapshot(changes: Partial<Pick<InstallProgress, "state" | "error" | "message" | "progress">> = {}): InstallProgress {
    const { bytesPerSecond, etaSeconds } = this.#speed();
    return {
      ...this.#identity,
      state: "running",
      step: this.#step,
      ...(this.#activity === undefined ? { message: "" } : saying(this.#activity)),
      fetchedBytes: this.#fetchedBytes,
      fetchTotalBytes: this.#fetchTotalBytes,
      convertedBytes: this.#convertedBytes,
      convertTotalBytes: this.#convertTotalBytes,
      bytesPerSecond,
      ...(etaSeconds === undefined ? {} : { etaSeconds }),
      progress: this.#progress,
      ...changes,
    };
  }

  #report(now: boolean): void {
    const atMs = this.#now();
    this.#samples.push({ atMs, fetchedBytes: this.#fetchedBytes, convertedBytes: this.#convertedBytes });
    // One sample older than the window stays, to measure from.
    while ((this.#samples[1]?.atMs ?? atMs) < atMs - speedWindowMs) this.#samples.shift();
    if (this.#samples.length > 500) this.#samples = this.#samples.filter((_, index) => index % 2 === 0);
    this.#progress = Math.max(this.#progress, this.#overall());
    if (!now && atMs - this.#emittedMs < minIntervalMs) return;
    this.#emittedMs = atMs;
    this.#emit(this.snapshot());
  }

  #overall(): number {
    const part = (done: number, total: number) => (total > 0 ? Math.min(1, done / total) : 0);
    const { fetching, converting } = this.#shares;
    const rest = 1 - fetching - converting;
    const checking = this.#step === "registering" ? 0.95 : this.#step === "verifying" ? this.#stepProgress * 0.9 : 0;
    return (
      fetching * part(this.#fetchedBytes, this.#fetchTotalBytes) +
      converting * part(this.#convertedBytes, this.#convertTotalBytes) +
      rest * checking
    );
  }

  #speed(): { bytesPerSecond: number; etaSeconds: number | undefined } {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    const seconds = first === undefined || last === undefined ? 0 : (last.atMs - first.atMs) / 1000;
    if (first === undefined || last === undefined || seconds < 0.5) return { bytesPerSecond: 0, etaSeconds: undefined };
    const bytesPerSecond = Math.max(0, (last.fetchedBytes - first.fetchedBytes) / seconds);
    const convertPerSecond = Math.max(0, (last.convertedBytes - first.convertedBytes) / seconds);
    const left = (total: number, done: number, speed: number) =>
      total <= done ? 0 : speed > 0 ? (total - done) / speed : undefined;
    const fetching = left(this.#fetchTotalBytes, this.#fetchedBytes, bytesPerSecond);
    const converting = left(this.#convertTotalBytes, this.#convertedBytes, convertPerSecond);
    // Both go on at the same time; the conversion cannot end before the download, whose speed is the better guess then.
    const isKnown = this.#fetchTotalBytes > 0 || this.#convertTotalBytes > 0;
    const etaSeconds = fetching === undefined || !isKnown ? undefined : Math.max(fetching, converting ?? fetching);
    return { bytesPerSecond, etaSeconds: etaSeconds === undefined ? undefined : Math.round(etaSeconds) };
  }
}

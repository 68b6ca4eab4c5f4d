import { AppError } from "../platform/AppError.js";

export interface CrashCircuitTimes {
  /** So many crashes … */
  crashes: number;
  /** … within this time open the circuit … */
  withinMs: number;
  /** … for this long. */
  pauseMs: number;
}

export const crashCircuitTimes: CrashCircuitTimes = { crashes: 3, withinMs: 5 * 60_000, pauseMs: 60_000 };

/**
 * Keeps a model whose worker dies again and again from being started by every request: it would only take the machine's time from
 * others ([T27]). After a pause one try is made; when that crashes too, the next pause begins at once. Goes by the monotonic clock.
 */
export class CrashCircuit {
  readonly #times: CrashCircuitTimes;
  readonly #nowMs: () => number;
  readonly #crashes = new Map<string, { atMs: number[]; reason: string }>();

  constructor(times: CrashCircuitTimes = crashCircuitTimes, nowMs: () => number = () => performance.now()) {
    this.#times = times;
    this.#nowMs = nowMs;
  }

  /** Notes that the model's worker died by itself; `reason` is the error that its generations ended with. */
  crashed(modelId: string, reason: string): void {
    const { withinMs, pauseMs, crashes } = this.#times;
    const nowMs = this.#nowMs();
    const recent = (this.#crashes.get(modelId)?.atMs ?? []).filter((atMs) => nowMs - atMs < withinMs + pauseMs);
    this.#crashes.set(modelId, { atMs: [...recent, nowMs].slice(-crashes), reason });
  }

  /** Somebody asked for another try. */
  close(modelId: string): void {
    this.#crashes.delete(modelId);
  }

  /** Throws `model_crashing` while the circuit is open. */
  check(modelId: string): void {
    const known = this.#crashes.get(modelId);
    const lastMs = known?.atMs.at(-1);
    const firstMs = known?.atMs[0];
    if (known === undefined || lastMs === undefined || firstMs === undefined) return;
    const { crashes, withinMs, pauseMs } = this.#times;
    const leftMs = lastMs + pauseMs - this.#nowMs();
    if (known.atMs.length < crashes || lastMs - firstMs > withinMs + pauseMs || leftMs <= 0) return;
    throw new AppError("model_crashing", `${modelId} crashed ${crashes} times in a short time. ${known.reason}`, {
      hint: `It is tried again in ${Math.ceil(leftMs / 1000)} seconds, or at once when you load it. If it goes on, install it again.`,
    });
  }
}

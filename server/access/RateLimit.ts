import { LRUCache } from "lru-cache";

/** Callers that are remembered; beyond that the ones longest unseen are forgotten, so that nobody can fill the memory. */
const maxKeys = 10_000;

/**
 * So many per period and key, refilled evenly (the generic cell rate algorithm: ITU-T I.371, annex A). On the monotonic clock:
 * a clock that is set does not block or free anybody.
 */
export class RateLimit {
  readonly #perMs: number;
  readonly #intervalMs: number;
  readonly #nowMs: () => number;
  /** Per key, when its last unit will have been refilled. */
  readonly #fullAtMs = new LRUCache<string, number>({ max: maxKeys });

  constructor({ count, perMs, nowMs }: { count: number; perMs: number; nowMs?: () => number }) {
    this.#perMs = perMs;
    this.#intervalMs = perMs / count;
    this.#nowMs = nowMs ?? (() => performance.now());
  }

  /** Milliseconds until the key may again; 0: now. */
  waitMs(key: string): number {
    const nowMs = this.#nowMs();
    const fullAtMs = Math.max(nowMs, this.#fullAtMs.get(key) ?? 0) + this.#intervalMs;
    // Sums of fractions: a thousandth of a millisecond is no reason to wait.
    const waitMs = fullAtMs - nowMs - this.#perMs;
    return waitMs < 0.001 ? 0 : waitMs;
  }

  /** Uses one unit if there is one. Returns what {@link waitMs} said before. */
  take(key: string): number {
    const waitMs = this.waitMs(key);
    if (waitMs === 0) {
      const nowMs = this.#nowMs();
      this.#fullAtMs.set(key, Math.max(nowMs, this.#fullAtMs.get(key) ?? 0) + this.#intervalMs);
    }
    return waitMs;
  }
}

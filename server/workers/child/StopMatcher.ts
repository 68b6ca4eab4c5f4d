/**
 * Finds stop strings in text that arrives in pieces. Text that may still become a stop string is held back, so nothing of
 * one is ever shown, wherever the pieces' borders fall.
 */
export class StopMatcher {
  readonly #stops: readonly string[];
  #held = "";

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== "");
  }

  /** Takes the next piece. Returns what may be shown, and the stop string if one is complete: what follows it is dropped. */
  push(piece: string): { text: string; stop?: string } {
    this.#held += piece;
    let at = -1;
    let found: string | undefined;
    for (const stop of this.#stops) {
      const index = this.#held.indexOf(stop);
      if (index >= 0 && (at < 0 || index < at)) {
        at = index;
        found = stop;
      }
    }
    if (found !== undefined) {
      const text = this.#held.slice(0, at);
      this.#held = "";
      return { text, stop: found };
    }
    const safe = this.#safeLength();
    const text = this.#held.slice(0, safe);
    this.#held = this.#held.slice(safe);
    return { text };
  }

  /** What is still held back when the text ends. */
  flush(): string {
    const text = this.#held;
    this.#held = "";
    return text;
  }

  /** Length of the held text that cannot be the beginning of a stop string. */
  #safeLength(): number {
    let safe = this.#held.length;
    for (const stop of this.#stops)
      for (let length = Math.min(stop.length - 1, this.#held.length); length > 0; length--)
        if (this.#held.endsWith(stop.slice(0, length))) {
          safe = Math.min(safe, this.#held.length - length);
          break;
        }
    return safe;
  }
}

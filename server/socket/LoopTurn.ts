/**
 * Tells apart what happens in one turn of the event loop from what happens in the next. A process that has fallen behind gets many
 * messages in a turn, and gathering those is what lets it catch up; one that keeps up gets them one by one and waits for nothing.
 */
export class LoopTurn {
  #number = 0;
  #ending = false;
  readonly #deferred = new Set<() => void>();

  /** The same number within a turn, another one in the next. */
  get number(): number {
    this.#watch();
    return this.#number;
  }

  /** Calls `callback` once, when this turn is over. */
  defer(callback: () => void): void {
    this.#watch();
    this.#deferred.add(callback);
  }

  forget(callback: () => void): void {
    this.#deferred.delete(callback);
  }

  #watch(): void {
    if (this.#ending) return;
    this.#ending = true;
    setImmediate(() => {
      this.#ending = false;
      this.#number++;
      const callbacks = [...this.#deferred];
      this.#deferred.clear();
      for (const callback of callbacks) callback();
    });
  }
}

/** One for all followers of this process. */
export const loopTurn = new LoopTurn();

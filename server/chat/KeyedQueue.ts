/**
 * Work on one thing is done one after the other, on different things at the same time. After each piece of work the event loop
 * turns once before the next one begins, so that whoever asked has the answer before anybody hears of what came later.
 */
export class KeyedQueue {
  /** Settles, never rejects, when all the work on the thing so far is done. */
  readonly #last = new Map<string, Promise<void>>();

  /** Begins at once when nothing is being done with `key`. Settles as `work` does. Never ask for the same key within `work`. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const result = before === undefined ? work() : before.then(work);
    const done = result.then(turnOnce, turnOnce).then(() => {
      if (this.#last.get(key) === done) this.#last.delete(key);
    });
    this.#last.set(key, done);
    return result;
  }

  /** Resolves when nothing is being done. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }
}

function turnOnce(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

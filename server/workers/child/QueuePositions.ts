/** Somebody who waits. */
interface Waiting {
  /** 1 is next. */
  onPosition(position: number): void;
}

/** Nobody reads faster than that how the others before them are served. */
const tellEveryMs = 200;

/**
 * Tells those who wait where they are, and again when that has changed. One who has just come is told at once; of the others' moves each
 * hears the sum now and then: with hundreds in the queue every reply that ends moves all of them, and a message to each at every
 * step keeps the process from the replies themselves.
 */
export class QueuePositions<Entry extends Waiting> {
  readonly #inOrder: () => readonly Entry[];
  readonly #told = new WeakMap<Entry, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(inOrder: () => readonly Entry[]) {
    this.#inOrder = inOrder;
  }

  /** `entry` has come. */
  entered(entry: Entry): void {
    const index = this.#inOrder().indexOf(entry);
    if (index >= 0) this.#tell(entry, index + 1);
    // It may have come before others.
    this.moved();
  }

  /** Somebody has left. */
  moved(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const [index, entry] of this.#inOrder().entries()) this.#tell(entry, index + 1);
    }, tellEveryMs);
  }

  #tell(entry: Entry, position: number): void {
    if (this.#told.get(entry) === position) return;
    this.#told.set(entry, position);
    entry.onPosition(position);
  }
}

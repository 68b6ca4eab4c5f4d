import type { WorkerMessage } from "../messages.js";

/** Held pieces go at the latest after this long: the next batch may wait for something else. */
const longestHoldMs = 4;

/**
 * What goes to the server, in order. Pieces of text are held until the next batch is under way and go together then: the engine does not
 * wait while they are written, and the server wakes up once for a batch and not once for each of its replies.
 */
export class Outbox {
  readonly #write: (messages: WorkerMessage | WorkerMessage[]) => void;
  #held: WorkerMessage[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(write: (messages: WorkerMessage | WorkerMessage[]) => void) {
    this.#write = write;
  }

  /** Sends at once, after what is held. */
  send(message: WorkerMessage): void {
    this.#held.push(message);
    this.#flush();
  }

  hold(message: WorkerMessage): void {
    this.#held.push(message);
    this.#timer ??= setTimeout(this.#flush, longestHoldMs);
  }

  /** To be called when a batch is about to be computed. */
  batchBegins(): void {
    // The engine is given the batch in the same turn of the event loop; this comes in the next.
    if (this.#held.length > 0) setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const held = this.#held;
    if (held.length === 0) return;
    this.#held = [];
    const [first] = held;
    this.#write(held.length === 1 && first !== undefined ? first : held);
  };
}

/** Requests of one connection that begin in one turn of the event loop: as many as a page sends at once. */
const mostPerTurn = 8;
/** So many small ones are a burst that a program may send; whoever sends more is not waiting for answers. */
const mostWaiting = 20_000;

/**
 * Lets the requests of one connection begin in their order, a few in each turn of the event loop. What comes in one piece of the network
 * would all be begun before the first is answered, or anybody else is served: a thousand times the list of thousands of chats is more
 * than the memory holds ([T10], [T22]).
 */
export class RequestTurns {
  readonly #waiting: (() => void)[] = [];
  #begunInTurn = 0;
  #ticking = false;
  #closed = false;

  /** Begins now or in its turn. False: too much waits already, and it never will. */
  take(begin: () => void): boolean {
    if (this.#closed) return true;
    if (this.#waiting.length >= mostWaiting) return false;
    if (this.#waiting.length === 0 && this.#begunInTurn < mostPerTurn) this.#begin(begin);
    else this.#waiting.push(begin);
    this.#tick();
    return true;
  }

  /** What waits never begins. */
  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
  }

  #begin(begin: () => void): void {
    this.#begunInTurn++;
    begin();
  }

  #tick(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    setImmediate(() => {
      this.#ticking = false;
      this.#begunInTurn = 0;
      for (const begin of this.#waiting.splice(0, mostPerTurn)) if (!this.#closed) this.#begin(begin);
      if (this.#begunInTurn > 0) this.#tick();
    });
  }
}

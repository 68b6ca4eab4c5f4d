import { setImmediate } from "node:timers/promises";

/** For so long everybody else may have to wait: less than a token takes. */
const pieceMs = 10;

/** Work of seconds in the server's own process, done in pieces: whoever waits meanwhile, for the next token above all, is served in between. */
export class LongWork {
  #pieceBegunMs = performance.now();

  /** To be awaited after every small step: it lets the others have their turn once the piece has taken long enough. */
  pause(): Promise<void> | undefined {
    return performance.now() - this.#pieceBegunMs < pieceMs ? undefined : this.#yield();
  }

  async #yield(): Promise<void> {
    await setImmediate();
    this.#pieceBegunMs = performance.now();
  }
}

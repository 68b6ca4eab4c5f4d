import { AppError } from "../platform/AppError.js";
import { KeyedQueue } from "./KeyedQueue.js";

/** A page counts a draft and each of its files; nobody reads more counts than that. */
const mostWaiting = 64;

/**
 * Prompts of one owner that are counted: with each model one after the other, so that others get between them, and not more than can be
 * kept. Counting is work for the model as well, and each of these has a whole draft in memory until it is done ([T22]).
 */
export class CountQueue {
  readonly #queue = new KeyedQueue();
  #waiting = 0;

  /** Settles as `count` does. Throws `queue_full`, with `count` not called. */
  async run<T>(modelId: string, count: () => Promise<T>): Promise<T> {
    if (this.#waiting >= mostWaiting)
      throw new AppError("queue_full", `${mostWaiting} prompts of yours are being counted already.`, {
        hint: "Wait until some have been counted.",
      });
    this.#waiting++;
    try {
      return await this.#queue.run(modelId, count);
    } finally {
      this.#waiting--;
    }
  }
}

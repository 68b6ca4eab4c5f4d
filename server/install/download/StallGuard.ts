import { AppError } from "../../platform/AppError.js";
import { TransientError } from "../../platform/retry.js";
import type { HttpResponse } from "./HttpClient.js";

/** Less than this in one window is as good as nothing: a trickle of single bytes must not keep a download alive. */
const minWindowBytes = 4096;

/** Cuts an answer off when too little arrives; `error` then says so. Call `received` for every chunk and `stop` at the end. */
export class StallGuard {
  error: TransientError | undefined;
  #windowBytes = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(answer: HttpResponse, windowMs = 30_000) {
    this.#timer = setInterval(() => {
      if (this.#windowBytes < minWindowBytes) {
        this.error = new TransientError(
          new AppError("download_stalled", `${answer.url.host} sends nothing, or next to nothing.`, {
            hint: "Start again: it goes on where it stopped.",
          }),
        );
        this.stop();
        answer.body.destroy(this.error);
      }
      this.#windowBytes = 0;
    }, windowMs);
    this.#timer.unref();
  }

  received(bytes: number): void {
    this.#windowBytes += bytes;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

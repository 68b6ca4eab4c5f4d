import { AppError } from "../platform/AppError.js";
import type { LoadedModelInfo } from "./messages.js";

/** A load that is under way; it fails when it makes no progress for `stallMs`. */
export class ModelLoading {
  /** What the worker says of its model. Rejects with `model_load_timeout`, and with what the load failed with. */
  readonly loaded: Promise<LoadedModelInfo>;
  readonly #modelId: string;
  readonly #stallMs: number;
  readonly #onProgress: (progress: number) => void;
  #resolve: (info: LoadedModelInfo) => void = () => {};
  #reject: (error: AppError) => void = () => {};
  #stall: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(modelId: string, stallMs: number, onProgress: (progress: number) => void) {
    this.#modelId = modelId;
    this.#stallMs = stallMs;
    this.#onProgress = onProgress;
    this.loaded = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#watch();
  }

  /** From 0 to 1. */
  progress(progress: number): void {
    if (this.#ended) return;
    this.#watch();
    this.#onProgress(progress);
  }

  done(info: LoadedModelInfo): void {
    this.#end();
    this.#resolve(info);
  }

  failed(error: AppError): void {
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    this.#ended = true;
    clearTimeout(this.#stall);
  }

  #watch(): void {
    clearTimeout(this.#stall);
    this.#stall = setTimeout(() => {
      const seconds = Math.round(this.#stallMs / 1000);
      this.failed(
        new AppError("model_load_timeout", `Loading ${this.#modelId} made no progress for ${seconds} seconds.`, {
          hint: "The disk may be slow or the file damaged. Try again, or install the model again.",
        }),
      );
    }, this.#stallMs);
  }
}

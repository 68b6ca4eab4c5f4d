import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import type { ModelWorker } from "./ModelWorker.js";
import type { LoadedModelInfo, LoadOptions } from "./messages.js";

/** One load: the worker that it begins in, and where another is had from. */
export interface Loading {
  worker: ModelWorker;
  /** A new process in the place of the one whose GPU failed. */
  replace(): ModelWorker;
  /** Whether anybody still wants the model. */
  isWanted(): boolean;
  onProgress(progress: number): void;
  maxResidentBytes: number;
}

/**
 * Loads on the GPU where there is one, and in a new process on the CPU where that fails: a driver that is broken or has no memory left is
 * no reason to have no replies. It stays with the CPU until somebody asks for another try.
 */
export class GpuFallback {
  readonly #logger: Logger;
  /** Models that are on the CPU because the GPU failed, and how it did. */
  readonly #failures = new Map<string, string>();
  #gpu: string | false | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The GPU that models were loaded with; undefined: none was loaded yet. */
  get gpu(): string | false | undefined {
    return this.#gpu;
  }

  /** Why the model is on the CPU, if it is there because the GPU failed. */
  failureOf(modelId: string): string | undefined {
    return this.#failures.get(modelId);
  }

  /** The next load of the model tries the GPU again. */
  forget(modelId: string): void {
    this.#failures.delete(modelId);
  }

  /** Throws what {@link ModelWorker.load} throws. */
  async load(options: LoadOptions, loading: Loading): Promise<LoadedModelInfo> {
    const { worker, onProgress, maxResidentBytes } = loading;
    const { modelId } = worker;
    const { gpuLayers: _onGpu, ...rest } = options;
    const onCpu: LoadOptions = { ...rest, gpu: "off" };
    if (this.#failures.has(modelId)) return worker.load(onCpu, onProgress, maxResidentBytes);
    try {
      const info = await worker.load(options, onProgress, maxResidentBytes);
      this.#gpu = info.gpu;
      return info;
    } catch (error) {
      const { gpu } = worker;
      if (gpu === undefined || gpu === false || !loading.isWanted()) throw error;
      const reason = AppError.from(error).message;
      this.#logger.warn({ modelId, gpu, reason }, "the GPU cannot be used; the model is loaded on the CPU");
      this.#gpu = gpu;
      const info = await loading.replace().load(onCpu, onProgress, maxResidentBytes);
      this.#failures.set(modelId, reason);
      return info;
    }
  }
}

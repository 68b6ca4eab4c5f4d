import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import { ModelWorker } from "../workers/ModelWorker.js";
import type { LoadBack } from "./InstallContext.js";

/** Enough to see that the weights can be read and computed with; the memory of a long context is not needed for that. */
const contextTokens = 256;

/** Loads weights in a worker process of their own, as the server will do it. */
export function loadBackInWorker(logger: Logger): LoadBack {
  return async (weightsPath, onProgress, signal) => {
    const worker = new ModelWorker("install", logger);
    const stop = () => void worker.close();
    signal.addEventListener("abort", stop);
    try {
      signal.throwIfAborted();
      await worker.load(
        { modelPath: weightsPath, contextTokens, sequences: 1, threads: 1, maxThreads: 1, gpu: "off" },
        onProgress,
      );
    } catch (error) {
      signal.throwIfAborted();
      throw asCheckFailure(error);
    } finally {
      signal.removeEventListener("abort", stop);
      await worker.close();
    }
  };
}

function asCheckFailure(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  return new AppError("install_check_failed", `The finished weights cannot be loaded: ${error.message}`, {
    hint: error.hint ?? "The source may be damaged, or of a kind that the engine does not know yet.",
    cause: error,
  });
}

import type { AppError } from "../platform/AppError.js";

/** What those who watch a worker are told: when things happen, never a text. */
export interface WorkerObserver {
  workerStarted?(modelId: string): void;
  /** `expected` is false when it died by itself. */
  workerEnded?(modelId: string, expected: boolean, error: AppError): void;
  /** A generation is about to be sent to the worker. */
  generationEntered?(modelId: string): void;
  /** The engine is done with this generation, whatever its end was. */
  generationLeft?(modelId: string, generationId: string): void;
  /** It goes on without its draft. */
  draftFailed?(modelId: string): void;
}

import { AppError } from "../platform/AppError.js";

/** What is said when a model needs more memory than there is for it, with both numbers. */
export function memoryShort(modelId: string, wantedBytes: number, freeBytes: number, hint: string): AppError {
  return new AppError(
    "memory_short",
    `${modelId} needs ${gigabytes(wantedBytes)} of memory and ${gigabytes(freeBytes)} are free.`,
    { hint },
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

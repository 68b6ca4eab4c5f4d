import { AppError } from "../platform/AppError.js";

/** What is said when a model needs more memory than there is for it, with both numbers: with as many digits as tell them apart. */
export function memoryShort(modelId: string, wantedBytes: number, freeBytes: number, hint: string): AppError {
  const digits = [1, 2].find((count) => gigabytes(wantedBytes, count) !== gigabytes(freeBytes, count)) ?? 3;
  return new AppError(
    "memory_short",
    `${modelId} needs ${gigabytes(wantedBytes, digits)} of memory and ${gigabytes(freeBytes, digits)} are free.`,
    { hint },
  );
}

function gigabytes(bytes: number, digits: number): string {
  return `${(bytes / 1e9).toFixed(digits)} GB`;
}

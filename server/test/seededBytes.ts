import { randomWords } from "./randomWords.js";

/** Pseudo-random bytes that are the same for the same seed: test files that no compression or luck makes equal. */
export function seededBytes(sizeBytes: number, seed = 1): Uint8Array {
  const next = randomWords(seed);
  const words = Uint32Array.from({ length: Math.ceil(sizeBytes / 4) }, next);
  return new Uint8Array(words.buffer, 0, sizeBytes);
}

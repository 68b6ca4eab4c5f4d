import { basename } from "node:path";
import { checkVocabulary } from "./checkVocabulary.js";
import { type GgufIndex, readGgufIndex } from "./readGgufIndex.js";
import { type ModelSummary, readModelSummary } from "./readModelSummary.js";

/**
 * Everything that a GGUF file, or all parts of a split one, has to pass before native code sees it ([T15]): the header's counts,
 * lengths and offsets against the file's size, the vocabulary, and the model's own numbers. Reads no weights.
 * Throws `gguf_invalid`, `weights_unreadable`.
 */
export async function inspectGguf(path: string): Promise<{ index: GgufIndex; summary: ModelSummary }> {
  const index = await readGgufIndex(path);
  checkVocabulary(index.metadata, basename(path));
  return { index, summary: readModelSummary(index) };
}

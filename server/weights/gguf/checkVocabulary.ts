import { GgufStringArray } from "./GgufStringArray.js";
import type { GgufMetadata } from "./GgufValue.js";
import { ggufError } from "./ggufError.js";

/**
 * Refuses a vocabulary that llama.cpp would abort on, or read past the end of: tokens that occur twice, hardly any
 * tokens, and lists of scores or types of another length than the list of tokens. Looks at every token (some 20 ms for 128,000), so this is
 * for the moment before a model is loaded or installed, not for every look at a file. Throws `gguf_invalid`.
 * Source: `llama_vocab::impl::load` in llama.cpp's `src/llama-vocab.cpp`.
 */
export function checkVocabulary(metadata: GgufMetadata, fileName: string): void {
  const model = metadata.get("tokenizer.ggml.model")?.value;
  if (model === "no_vocab" || model === "none") throw ggufError(fileName, "it has no vocabulary to cut text with");
  const tokens = metadata.get("tokenizer.ggml.tokens");
  if (tokens === undefined) return;
  if (tokens.type !== "array" || tokens.itemType !== "string")
    throw ggufError(fileName, "its list of tokens is no list of texts");
  for (const key of ["tokenizer.ggml.scores", "tokenizer.ggml.token_type"]) {
    const values = metadata.get(key);
    if (values === undefined) continue;
    const length = values.type === "array" ? values.value.length : "no list of";
    if (length !== tokens.value.length)
      throw ggufError(fileName, `"${key}" has ${length} values for ${tokens.value.length} tokens`);
  }
  const seen = new Map<string, number>();
  let empty = 0;
  for (let id = 0; id < tokens.value.length; id += 1) {
    const text = textAt(tokens.value, id);
    // llama.cpp gives empty ones a name of their own; it cannot cut text with many of them.
    if (text === "") empty += 1;
    const earlier = seen.get(text);
    if (earlier !== undefined && text !== "") throw ggufError(fileName, `its tokens ${earlier} and ${id} are the same`);
    seen.set(text, id);
  }
  if (empty > tokens.value.length / 2)
    throw ggufError(fileName, `${empty} of its ${tokens.value.length} tokens are empty`);
}

/** Bytes as characters: faster than decoding, and not every token is valid UTF-8. */
function textAt(tokens: Iterable<string> & { at(index: number): string | undefined }, id: number): string {
  if (!(tokens instanceof GgufStringArray)) return tokens.at(id) ?? "";
  const bytes = tokens.bytesAt(id) ?? new Uint8Array();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

import { tokenizerError } from "./tokenizerError.js";

/** Parts of tokenizer.json that say how text is cut into words; all values are unchecked. */
export interface PreTokenizerJson {
  readonly type?: unknown;
  readonly pretokenizers?: unknown;
  readonly pattern?: { readonly Regex?: unknown; readonly String?: unknown };
  readonly individual_digits?: unknown;
  readonly use_regex?: unknown;
}

const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const spaces = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const upper = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
const lower = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
const lead = "[^\\r\\n\\p{L}\\p{N}]?";

/**
 * What llama.cpp calls each way of cutting, by its steps. llama.cpp's converter tells them apart by the hash of an
 * example's tokens, for which it runs the tokenizer; the steps that lead there say the same.
 * Source: the expressions in llama.cpp's `src/llama-vocab.cpp` (llm_tokenizer_bpe), in their original form.
 */
const known: ReadonlyMap<string, { readonly merging: string; readonly ignoringMerges?: string }> = new Map([
  [
    // LLaMA 3; llama.cpp takes words that are tokens without merging ("ignore_merges") only under the first name.
    `split ${contractions}|${lead}\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${spaces}\nbytes`,
    { merging: "smaug-bpe", ignoringMerges: "llama-bpe" },
  ],
  [`split ${contractions}|${lead}\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${spaces}\nbytes`, { merging: "qwen2" }],
  [
    `split ${lead}${upper}*${lower}+|${lead}${upper}+${lower}*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${spaces}\nbytes`,
    { merging: "tekken", ignoringMerges: "tekken" },
  ],
  [
    `split ${lead}${upper}*${lower}+${contractions}?|${lead}${upper}+${lower}*${contractions}?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${spaces}\nbytes`,
    { merging: "llama4" },
  ],
  ["digits\nwords", { merging: "smollm" }],
  ["words", { merging: "gpt-2" }],
  [
    "split [\\r\\n]\nsplit \\s?\\p{L}+\nsplit \\s?\\p{P}+\nsplit [一-龥ࠀ-一가-퟿]+\ndigits\nbytes",
    { merging: "deepseek-coder" },
  ],
]);

/**
 * `tokenizer.ggml.pre` for a byte-level BPE tokenizer. Throws `tokenizer_invalid` for an unknown one: with the wrong
 * name a model would load and write worse than it can.
 */
export function detectPreTokenizer(preTokenizer: unknown, ignoreMerges: boolean, fileName: string): string {
  const steps = flatten(preTokenizer).map(describe).join("\n");
  const names = known.get(steps);
  const name = ignoreMerges ? (names?.ignoringMerges ?? names?.merging) : names?.merging;
  if (name === undefined)
    throw tokenizerError(
      fileName,
      "cuts text into words in a way that is not known",
      "Look for a GGUF file of the model: whoever made it knew the tokenizer.",
    );
  return name;
}

/** Sequences lie in sequences no deeper than this in any real file. */
const nestingMax = 8;

function flatten(step: unknown, depth = 0): PreTokenizerJson[] {
  if (typeof step !== "object" || step === null || depth > nestingMax) return [];
  const { type, pretokenizers } = step as PreTokenizerJson;
  if (type !== "Sequence" || !Array.isArray(pretokenizers)) return [step];
  return pretokenizers.flatMap((inner) => flatten(inner, depth + 1));
}

function describe({ type, pattern, individual_digits, use_regex }: PreTokenizerJson): string {
  switch (type) {
    case "Split":
      return `split ${normalizeEscapes(String(pattern?.Regex ?? pattern?.String ?? ""))}`;
    case "Digits":
      return individual_digits === true ? "digits" : "digit groups";
    case "ByteLevel":
      // GPT-2's own expression, or only the bytes' encoding after the steps before.
      return use_regex === false ? "bytes" : "words";
    default:
      return String(type);
  }
}

/** Some files have the characters themselves where others have `\r` and `\n`. */
function normalizeEscapes(pattern: string): string {
  return pattern.replaceAll("\r", "\\r").replaceAll("\n", "\\n");
}

import { GgufStringArray } from "./GgufStringArray.js";
import type { GgufMetadata, GgufStrings, GgufValue } from "./GgufValue.js";

/** Tokens that a model treats in a way of its own. */
const specialKeys = ["bos_token_id", "eos_token_id", "unknown_token_id"] as const;

/**
 * What is different between two models' vocabularies, for people; undefined: a token's number means the same in both of them, and of the
 * same kind. The scores and merges, by which texts are cut into tokens, may differ: only numbers go from one model to the other.
 */
export function compareVocabularies(a: GgufMetadata, b: GgufMetadata): string | undefined {
  const of = (metadata: GgufMetadata, key: string) => metadata.get(`tokenizer.ggml.${key}`);
  if (of(a, "model")?.value !== of(b, "model")?.value) return "they cut texts into tokens in different ways";
  const [tokens, others] = [stringsOf(of(a, "tokens")), stringsOf(of(b, "tokens"))];
  if (tokens === undefined || others === undefined) return "one of them has no vocabulary";
  if (tokens.length !== others.length) return `one has ${tokens.length} tokens and the other ${others.length}`;
  const different = firstDifference(tokens, others);
  if (different !== undefined) return `token ${different} is another one`;
  const [types, otherTypes] = [numbersOf(of(a, "token_type")), numbersOf(of(b, "token_type"))];
  if (types.length !== otherTypes.length) return "only one of them says what kind its tokens are of";
  const retyped = types.findIndex((type, index) => type !== otherTypes[index]);
  if (retyped >= 0) return `token ${retyped} is of another kind`;
  for (const key of specialKeys) if (of(a, key)?.value !== of(b, key)?.value) return `"${key}" is another one`;
  return undefined;
}

function stringsOf(entry: GgufValue | undefined): GgufStrings | undefined {
  return entry?.type === "array" && entry.itemType === "string" ? entry.value : undefined;
}

function numbersOf(entry: GgufValue | undefined): number[] {
  if (entry?.type !== "array" || entry.itemType === "string") return [];
  return Array.from(entry.value, Number);
}

function firstDifference(a: GgufStrings, b: GgufStrings): number | undefined {
  if (a instanceof GgufStringArray && b instanceof GgufStringArray && Buffer.from(a.encoded).equals(b.encoded))
    return undefined;
  for (let index = 0; index < a.length; index++) if (a.at(index) !== b.at(index)) return index;
  return undefined;
}

import { AppError } from "../../platform/AppError.js";
import { detectPreTokenizer } from "./detectPreTokenizer.js";
import { looksSpecial } from "./looksSpecial.js";
import { type Token, tokenTypes } from "./Tokenizer.js";
import { tokenizerError } from "./tokenizerError.js";

const fileName = "tokenizer.json";
const tokensMax = 2 ** 20;

/** A Hugging Face tokenizer.json as it is after JSON.parse; all values are unchecked. */
export interface TokenizerJson {
  readonly model?: {
    readonly type?: unknown;
    readonly vocab?: unknown;
    readonly merges?: unknown;
    readonly byte_fallback?: unknown;
    readonly ignore_merges?: unknown;
  };
  readonly pre_tokenizer?: unknown;
  readonly normalizer?: unknown;
  readonly added_tokens?: unknown;
  readonly post_processor?: unknown;
}

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
}

export interface JsonVocabulary {
  readonly model: "llama" | "gpt2";
  readonly pre: string;
  /** By token id; undefined where no token has the id. */
  readonly tokens: (Token | undefined)[];
  readonly merges: string[] | undefined;
}

/**
 * The vocabulary of a tokenizer.json: byte-level BPE (LLaMA 3, SmolLM), or SentencePiece's BPE with byte fallback in this
 * form (LLaMA 2, TinyLlama). Throws `tokenizer_invalid`.
 */
export function readTokenizerJson(json: TokenizerJson): JsonVocabulary {
  const { model } = json;
  if (model?.type !== "BPE")
    throw tokenizerError(
      fileName,
      `has a tokenizer of the kind ${JSON.stringify(model?.type) ?? "unknown"} instead of BPE`,
      "Look for a GGUF file of the model.",
    );
  const tokens = readVocabulary(model.vocab);
  const merges = readMerges(model.merges);
  const added = readAddedTokens(json.added_tokens);
  const vocabulary =
    model.byte_fallback === true
      ? sentencePieceVocabulary(tokens, merges)
      : {
          model: "gpt2" as const,
          pre: detectPreTokenizer(json.pre_tokenizer, model.ignore_merges === true, fileName),
          tokens: tokens.map((text) => (text === undefined ? undefined : { text, score: 0, type: tokenTypes.normal })),
          // A space parts the two in GGUF, so one inside looks as in the bytes' own encoding.
          merges: merges.map((pair) => pair.map((part) => part.replaceAll(" ", "\u0120")).join(" ")),
        };
  addTokens(vocabulary.tokens, added, vocabulary.model);
  return vocabulary;
}

/** `[{"id": …, "content": …, "special": …}]`; missing is empty. */
export function readAddedTokens(value: unknown): AddedToken[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw tokenizerError(fileName, "has no valid list of added tokens");
  return value.map((item: unknown) => {
    const { id, content, special } = (item ?? {}) as { id?: unknown; content?: unknown; special?: unknown };
    if (!isId(id) || typeof content !== "string") throw tokenizerError(fileName, "has an added token that is damaged");
    return { id, content, special: special === true };
  });
}

function readVocabulary(value: unknown): (string | undefined)[] {
  if (typeof value !== "object" || value === null) throw tokenizerError(fileName, "has no vocabulary");
  const tokens: (string | undefined)[] = [];
  for (const [text, id] of Object.entries(value)) {
    if (!isId(id)) throw tokenizerError(fileName, `gives the token ${JSON.stringify(text)} no valid number`);
    while (tokens.length <= id) tokens.push(undefined);
    if (tokens[id] !== undefined) throw tokenizerError(fileName, `has two tokens with the number ${id}`);
    tokens[id] = text;
  }
  return tokens;
}

function isId(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < tokensMax;
}

/** `"left right"`, or `["left", "right"]` since tokenizers 0.20. */
function readMerges(value: unknown): [left: string, right: string][] {
  if (!Array.isArray(value)) throw tokenizerError(fileName, "has no list of merges");
  return value.map((merge: unknown) => {
    const parts: unknown[] = typeof merge === "string" ? merge.split(" ") : Array.isArray(merge) ? merge : [];
    const [left, right] = parts;
    if (parts.length !== 2 || typeof left !== "string" || typeof right !== "string")
      throw tokenizerError(fileName, "has a merge that is damaged");
    return [left, right];
  });
}

/**
 * SentencePiece's own file has scores; here their order is the order of the merges. Each merged token gets the rank of
 * the merge that makes it first, the single characters come after; the result is what tokenizer.model says for LLaMA.
 */
function sentencePieceVocabulary(
  texts: readonly (string | undefined)[],
  merges: readonly (readonly [string, string])[],
): JsonVocabulary {
  const ranks = new Map<string, number>();
  for (const [left, right] of merges) {
    const merged = left + right;
    if (!ranks.has(merged)) ranks.set(merged, ranks.size);
  }
  let next = ranks.size;
  const tokens = texts.map((text, id): Token | undefined => {
    if (text === undefined) return undefined;
    if (/^<0x[0-9A-F]{2}>$/.test(text)) return { text, score: 0, type: tokenTypes.byte };
    if (id < 3 && /^<.*>$/.test(text))
      return { text, score: 0, type: text === "<unk>" ? tokenTypes.unknown : tokenTypes.control };
    const rank = ranks.get(text);
    return { text, score: -(rank ?? next++), type: tokenTypes.normal };
  });
  return { model: "llama", pre: "default", tokens, merges: undefined };
}

/** Puts added tokens into their places, with the types that llama.cpp's converter gives them. */
export function addTokens(tokens: (Token | undefined)[], added: readonly AddedToken[], model: "llama" | "gpt2"): void {
  for (const { id, content, special } of added) {
    while (tokens.length <= id) tokens.push(undefined);
    const control = special || looksSpecial(content);
    // The tokenizer sees spaces here, not their stand-ins.
    const text = control ? content : content.replaceAll("\u2581", " ");
    const score = model === "llama" ? -1000 : 0;
    tokens[id] = { text, score, type: control ? tokenTypes.control : tokenTypes.userDefined };
  }
}

/** Parses the file's text. Throws `tokenizer_invalid`. */
export function parseTokenizerJson(text: string): TokenizerJson {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch (error) {
    throw new AppError("tokenizer_invalid", `"${fileName}" is not valid JSON.`, {
      hint: "The file is damaged or was cut off: download it again.",
      cause: error,
    });
  }
  throw tokenizerError(fileName, "is not a JSON object");
}

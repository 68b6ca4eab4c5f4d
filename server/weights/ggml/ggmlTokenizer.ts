import { createHash } from "node:crypto";
import { AppError } from "../../platform/AppError.js";
import type { SentencePieceModel } from "../tokenizer/readSentencePiece.js";
import { type SpecialTokenKind, type Token, type Tokenizer, tokenTypes } from "../tokenizer/Tokenizer.js";
import { ggmlError } from "./ggmlError.js";
import type { GgmlHeader, GgmlToken } from "./readGgmlHeader.js";

const [unknownId, bosId, eosId] = [0, 1, 2];
const firstByteId = 3;
const firstNormalId = firstByteId + 256;

/** SHA-256 of LLaMA 1's and 2's 31,741 normal pieces, each followed by a NUL, spaces instead of "▁". */
const llamaPiecesSha256 = "abb2ecd124c9895e443e165b1fa772d22d6c46026e7e6787a3f7e8dc697c4bbd";
const llamaVocabularySize = 32_000;

/** LLaMA's vocabulary has the byte order mark as a token of its own, which a decoder would take away. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The tokenizer of an old file. Files without scores take texts and scores from `sentencePiece`, a tokenizer.model beside
 * them; LLaMA's own vocabulary is known, so without one nothing is missing either.
 * Throws `ggml_invalid`; `tokenizer_invalid` when the tokenizer.model is another model's or is needed and not there.
 */
export function ggmlTokenizer(
  { format, vocabulary }: GgmlHeader,
  fileName: string,
  sentencePiece: SentencePieceModel | undefined,
): Tokenizer {
  if (vocabulary.length <= firstNormalId)
    throw ggmlError(fileName, `its vocabulary has only ${vocabulary.length} tokens`);
  const tokens =
    format === "ggml"
      ? unscoredTokens(vocabulary, fileName, sentencePiece)
      : vocabulary.map(({ bytes, score }, id) => fileToken(bytes, id, score ?? 0));
  const specialTokenIds = new Map<SpecialTokenKind, number>([
    ["bos", bosId],
    ["eos", eosId],
    ["unk", unknownId],
  ]);
  const padId = tokens.findIndex(({ text }) => text === "[PAD]");
  if (padId >= 0) specialTokenIds.set("pad", padId);
  return {
    model: "llama",
    pre: "default",
    tokens,
    merges: undefined,
    specialTokenIds,
    addSpecialToken: new Map([
      ["bos", true],
      ["eos", false],
    ]),
    addSpacePrefix: undefined,
    chatTemplates: new Map(),
  };
}

/** A token as the file has it. Source of the rules: llama.cpp's `convert_llama_ggml_to_gguf.py`, add_vocab. */
function fileToken(bytes: Uint8Array, id: number, score: number): Token {
  if (id === unknownId) return { text: "<unk>", score, type: tokenTypes.unknown };
  if (id === bosId || id === eosId) return { text: id === bosId ? "<s>" : "</s>", score, type: tokenTypes.control };
  if (id < firstNormalId && bytes.length === 1) return byteToken(bytes[0] ?? 0, score);
  const text = pieceText(bytes);
  // A token of no letters, and the padding that Stanford's Alpaca added, are never part of a text.
  const isControl = text === "" || text === "[PAD]";
  return {
    text: text === "" ? `<empty_${id}>` : text,
    score,
    type: isControl ? tokenTypes.control : tokenTypes.normal,
  };
}

function byteToken(byte: number, score: number): Token {
  return { text: `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`, score, type: tokenTypes.byte };
}

function pieceText(bytes: Uint8Array): string {
  return decoder.decode(bytes).replaceAll(" ", "▁");
}

function unscoredTokens(
  vocabulary: readonly GgmlToken[],
  fileName: string,
  sentencePiece: SentencePieceModel | undefined,
): Token[] {
  const known = sentencePiece?.tokens ?? (isLlamaVocabulary(vocabulary) ? llamaTokens(vocabulary) : undefined);
  if (known === undefined)
    throw new AppError("tokenizer_invalid", `"${fileName}" lacks the scores that turning text into tokens needs.`, {
      hint: "Files of this age do not have them. Put the model's tokenizer.model into the same folder.",
    });
  if (sentencePiece !== undefined) checkSamePieces(vocabulary, sentencePiece, fileName);
  return vocabulary.map(({ bytes }, id) => known[id] ?? fileToken(bytes, id, 0));
}

/** Byte tokens and special ones were not written reliably at that time, so only the others are compared. */
function checkSamePieces(vocabulary: readonly GgmlToken[], { tokens }: SentencePieceModel, fileName: string): void {
  const differs = tokens.findIndex(({ text, type }, id) => {
    const own = vocabulary[id];
    return own === undefined || (type === tokenTypes.normal && id >= firstNormalId && pieceText(own.bytes) !== text);
  });
  if (differs < 0) return;
  throw new AppError("tokenizer_invalid", `The tokenizer.model is not that of "${fileName}".`, {
    hint: `They differ in token ${differs}. Put the tokenizer.model that belongs to the model into the folder, or remove it.`,
  });
}

function isLlamaVocabulary(vocabulary: readonly GgmlToken[]): boolean {
  if (vocabulary.length < llamaVocabularySize) return false;
  const hash = createHash("sha256");
  for (const { bytes } of vocabulary.slice(firstNormalId, llamaVocabularySize)) hash.update(bytes).update("\0");
  return hash.digest("hex") === llamaPiecesSha256;
}

/**
 * LLaMA's tokenizer.model from the pieces alone: SentencePiece scores a piece by its rank, and pieces of nothing but spaces
 * were put out of reach. Checked against llama.cpp's `models/ggml-vocab-llama-spm.gguf`.
 */
function llamaTokens(vocabulary: readonly GgmlToken[]): Token[] {
  return vocabulary.slice(0, llamaVocabularySize).map(({ bytes }, id) => {
    if (id >= firstByteId && id < firstNormalId) return byteToken(id - firstByteId, 0);
    if (id < firstByteId) return fileToken(bytes, id, 0);
    const text = pieceText(bytes);
    return { text, score: /^▁+$/.test(text) ? -1e9 : firstNormalId - id, type: tokenTypes.normal };
  });
}

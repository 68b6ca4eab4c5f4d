import { PbfReader } from "pbf";
import { AppError } from "../../platform/AppError.js";
import { type Token, tokenTypes } from "./Tokenizer.js";
import { tokenizerError } from "./tokenizerError.js";

export interface SentencePieceModel {
  /** By token id. */
  readonly tokens: readonly Token[];
  /** -1 where the model has no such token. */
  readonly unknownId: number;
  readonly bosId: number;
  readonly eosId: number;
  readonly padId: number;
  /** A space goes before a text's first word. */
  readonly addDummyPrefix: boolean;
}

/** `ModelProto.SentencePiece.Type`; llama.cpp's converter takes user-defined pieces as normal ones. */
const pieceTypes: ReadonlyMap<number, Token["type"]> = new Map([
  [1, tokenTypes.normal],
  [2, tokenTypes.unknown],
  [3, tokenTypes.control],
  [4, tokenTypes.normal],
  [5, tokenTypes.unused],
  [6, tokenTypes.byte],
]);
/** LLaMA's vocabulary has the byte order mark as a token of its own, which a decoder would take away. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const bpeModelType = 2;
const piecesMax = 2 ** 20;
/** protobuf's wire types */
const [varint, lengthDelimited, fixed32] = [0, 2, 5];

/**
 * Reads a SentencePiece `tokenizer.model`. Throws `tokenizer_invalid`.
 * Format: google/sentencepiece `src/sentencepiece_model.proto`; numbers below are its fields.
 */
export function readSentencePiece(bytes: Uint8Array, fileName: string): SentencePieceModel {
  const fail: Fail = (problem, hint) => {
    throw tokenizerError(fileName, problem, hint);
  };
  const tokens: Token[] = [];
  const trainer = { modelType: 1, unknownId: 0, bosId: 1, eosId: 2, padId: -1 };
  let addDummyPrefix = true;
  eachField(bytes, fail, (field, reader) => {
    if (reader.type !== lengthDelimited) return;
    if (field === 1) {
      if (tokens.length === piecesMax) fail(`has more than ${piecesMax} tokens`);
      tokens.push(readPiece(reader.readBytes(), fail));
    } else if (field === 2) {
      readTrainer(reader.readBytes(), trainer, fail);
    } else if (field === 3) {
      eachField(reader.readBytes(), fail, (inner, normalizer) => {
        if (inner === 3 && normalizer.type === varint) addDummyPrefix = normalizer.readBoolean();
      });
    }
  });
  if (tokens.length === 0)
    fail("has no tokens", "It is no SentencePiece model: download the checkpoint's tokenizer again.");
  if (trainer.modelType !== bpeModelType)
    fail(
      "is a SentencePiece model of another kind than BPE",
      "Such tokenizers cannot be converted: look for a GGUF file of the model.",
    );
  return { tokens, ...trainer, addDummyPrefix };
}

type Fail = (problem: string, hint?: string) => never;

function readPiece(bytes: Uint8Array, fail: Fail): Token {
  let text: string | undefined;
  let score = 0;
  let type: Token["type"] | undefined = tokenTypes.normal;
  eachField(bytes, fail, (field, reader) => {
    if (field === 1 && reader.type === lengthDelimited) text = decoder.decode(reader.readBytes());
    else if (field === 2 && reader.type === fixed32) score = reader.readFloat();
    else if (field === 3 && reader.type === varint) type = pieceTypes.get(reader.readVarint());
  });
  if (text === undefined || type === undefined || !Number.isFinite(score)) return fail("has a token that is damaged");
  return { text, score, type };
}

function readTrainer(
  bytes: Uint8Array,
  trainer: Record<"modelType" | "unknownId" | "bosId" | "eosId" | "padId", number>,
  fail: Fail,
) {
  const names = new Map([
    [3, "modelType"],
    [40, "unknownId"],
    [41, "bosId"],
    [42, "eosId"],
    [43, "padId"],
  ] as const);
  eachField(bytes, fail, (field, reader) => {
    const name = names.get(field as 3);
    // int32: -1 means that there is no such token.
    if (name !== undefined && reader.type === varint) trainer[name] = reader.readVarint(true);
  });
}

/** Calls `onField` for each field of a message; what it does not read is skipped. Lengths that lie are refused. */
function eachField(bytes: Uint8Array, fail: Fail, onField: (field: number, reader: PbfReader) => void): void {
  const reader = new PbfReader(bytes);
  try {
    let field = reader.nextField();
    while (field !== 0 && reader.pos <= reader.length) {
      onField(field, reader);
      field = reader.nextField();
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    // pbf's own complaints, or a read past the end.
    fail("is no SentencePiece model, or damaged");
  }
  if (reader.pos !== reader.length) fail("is no SentencePiece model, or damaged");
}

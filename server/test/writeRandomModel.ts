import { rename } from "node:fs/promises";
import { ggmlTypes } from "../weights/ggmlTypes.js";
import { type GgufTensorSpec, tensorSizeBytes } from "../weights/gguf/encodeGgufHeader.js";
import { ggufFileTypes } from "../weights/gguf/fileTypes.js";
import type { GgufValue } from "../weights/gguf/GgufValue.js";
import { GgufWriter } from "../weights/gguf/GgufWriter.js";
import { randomWords } from "./randomWords.js";

/** A LLaMA shape; the names are those of the LLaMA paper's table and of GGUF's keys. */
export interface RandomModelShape {
  embeddingLength: number;
  blockCount: number;
  headCount: number;
  keyValueHeadCount: number;
  feedForwardLength: number;
  vocabularySize: number;
  contextTokens: number;
  tiedEmbeddings?: boolean;
}

/** Shapes of well-known sizes, for measurements: speed depends on the shape, not on what the weights say. */
export const randomModelShapes = {
  tiny: shape(64, 2, 4, 2, 192, 512, 4096),
  "15M": { ...shape(288, 6, 6, 6, 768, 32_000, 2048), tiedEmbeddings: true },
  "110M": { ...shape(768, 12, 12, 12, 2048, 32_000, 8192), tiedEmbeddings: true },
  "1.1B": shape(2048, 22, 32, 4, 5632, 32_000, 8192),
  "7B": shape(4096, 32, 32, 32, 11_008, 32_000, 4096),
} satisfies Record<string, RandomModelShape>;

function shape(
  embeddingLength: number,
  blockCount: number,
  headCount: number,
  keyValueHeadCount: number,
  feedForwardLength: number,
  vocabularySize: number,
  contextTokens: number,
): RandomModelShape {
  return {
    embeddingLength,
    blockCount,
    headCount,
    keyValueHeadCount,
    feedForwardLength,
    vocabularySize,
    contextTokens,
  };
}

const pieceBytes = 1 << 20;
/** The vocabulary begins with the control tokens and one token for each byte. */
const specialTokens = 259;

/** Writes a loadable model with random weights in constant memory. The same seed gives the same bytes. */
export async function writeRandomModel(
  path: string,
  shape: RandomModelShape,
  {
    type = "F16",
    seed = 1,
    chatTemplate,
    plainText = false,
  }: {
    type?: "F16" | "Q4_0" | "Q8_0";
    seed?: number;
    chatTemplate?: string;
    /** Greedy replies have neither control tokens nor single bytes: every token is a piece of text. */
    plainText?: boolean;
  } = {},
): Promise<void> {
  const tensors = tensorSpecs(shape, type);
  const writer = await GgufWriter.open(path, { metadata: metadata(shape, type, chatTemplate), tensors });
  const random = randomWords(seed);
  for (const tensor of tensors) {
    const size = tensorSizeBytes(tensor);
    if (tensor.type === "F32") {
      const ones = new Float32Array(size / 4).fill(1);
      await writer.append(tensor.name, new Uint8Array(ones.buffer));
      continue;
    }
    // Tokens whose row is zero have the logit 0, which is never the highest of tens of thousands of random ones.
    const isOutput = tensor.name === "output.weight" || (shape.tiedEmbeddings && tensor.name === "token_embd.weight");
    const silent = plainText && isOutput ? (size / shape.vocabularySize) * specialTokens : 0;
    if (silent > 0) await writer.append(tensor.name, new Uint8Array(silent));
    const blockBytes = ggmlTypes[tensor.type].blockBytes;
    const piece = Math.floor(pieceBytes / blockBytes) * blockBytes;
    for (let done = silent; done < size; done += piece)
      await writer.append(tensor.name, randomBlocks(random, Math.min(piece, size - done), tensor.type));
  }
  await writer.finish();
  await rename(writer.partialPath, path);
}

/** Weights around ±0.02, as trained ones are. */
function randomBlocks(random: () => number, sizeBytes: number, type: GgufTensorSpec["type"]): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  const words = new Uint32Array(bytes.buffer, 0, sizeBytes >> 2);
  for (let index = 0; index < words.length; index++) words[index] = random();
  const { blockBytes } = ggmlTypes[type];
  const view = new DataView(bytes.buffer);
  if (type === "F16") {
    // Keeps sign and mantissa; the exponent becomes 2^-7 or 2^-6.
    for (let at = 0; at < sizeBytes; at += 2) view.setUint16(at, (view.getUint16(at, true) & 0x87ff) | 0x2000, true);
  } else {
    const scale = type === "Q4_0" ? 0x1c00 : 0x0c00;
    for (let at = 0; at < sizeBytes; at += blockBytes) view.setUint16(at, scale, true);
  }
  return bytes;
}

function tensorSpecs(shape: RandomModelShape, type: GgufTensorSpec["type"]): GgufTensorSpec[] {
  const { embeddingLength: width, feedForwardLength: wide, vocabularySize } = shape;
  const keyValueWidth = (width / shape.headCount) * shape.keyValueHeadCount;
  const matrix = (name: string, rows: number, columns: number): GgufTensorSpec => ({
    name,
    type,
    shape: [rows, columns],
  });
  const vector = (name: string): GgufTensorSpec => ({ name, type: "F32", shape: [width] });
  const specs = [matrix("token_embd.weight", vocabularySize, width)];
  for (let block = 0; block < shape.blockCount; block++) {
    const name = (part: string) => `blk.${block}.${part}.weight`;
    specs.push(
      vector(name("attn_norm")),
      matrix(name("attn_q"), width, width),
      matrix(name("attn_k"), keyValueWidth, width),
      matrix(name("attn_v"), keyValueWidth, width),
      matrix(name("attn_output"), width, width),
      vector(name("ffn_norm")),
      matrix(name("ffn_gate"), wide, width),
      matrix(name("ffn_up"), wide, width),
      matrix(name("ffn_down"), width, wide),
    );
  }
  specs.push(vector("output_norm.weight"));
  if (shape.tiedEmbeddings !== true) specs.push(matrix("output.weight", vocabularySize, width));
  return specs;
}

function metadata(
  shape: RandomModelShape,
  type: "F16" | "Q4_0" | "Q8_0",
  chatTemplate: string | undefined,
): Map<string, GgufValue> {
  const uint32 = (value: number): GgufValue => ({ type: "uint32", value });
  const string = (value: string): GgufValue => ({ type: "string", value });
  const { tokens, scores, types } = vocabulary(shape.vocabularySize);
  const entries: [string, GgufValue][] = [
    ["general.architecture", string("llama")],
    ["general.name", string("random")],
    ["general.file_type", uint32(ggufFileTypes[type])],
    ["general.quantization_version", uint32(2)],
    ["llama.block_count", uint32(shape.blockCount)],
    ["llama.context_length", uint32(shape.contextTokens)],
    ["llama.embedding_length", uint32(shape.embeddingLength)],
    ["llama.feed_forward_length", uint32(shape.feedForwardLength)],
    ["llama.attention.head_count", uint32(shape.headCount)],
    ["llama.attention.head_count_kv", uint32(shape.keyValueHeadCount)],
    ["llama.attention.layer_norm_rms_epsilon", { type: "float32", value: Math.fround(1e-5) }],
    ["llama.rope.dimension_count", uint32(shape.embeddingLength / shape.headCount)],
    ["llama.rope.freq_base", { type: "float32", value: 10_000 }],
    ["llama.vocab_size", uint32(shape.vocabularySize)],
    ["tokenizer.ggml.model", string("llama")],
    ["tokenizer.ggml.pre", string("default")],
    ["tokenizer.ggml.tokens", { type: "array", itemType: "string", value: tokens }],
    ["tokenizer.ggml.scores", { type: "array", itemType: "float32", value: Float32Array.from(scores) }],
    ["tokenizer.ggml.token_type", { type: "array", itemType: "int32", value: Int32Array.from(types) }],
    ["tokenizer.ggml.bos_token_id", uint32(1)],
    ["tokenizer.ggml.eos_token_id", uint32(2)],
    ["tokenizer.ggml.unknown_token_id", uint32(0)],
    ["tokenizer.ggml.add_bos_token", { type: "bool", value: true }],
    ["tokenizer.ggml.add_eos_token", { type: "bool", value: false }],
  ];
  if (chatTemplate !== undefined) entries.push(["tokenizer.chat_template", string(chatTemplate)]);
  return new Map(entries);
}

/** A SentencePiece vocabulary: control and byte tokens, printable ASCII with and without a space before it, then pairs and numbered words. */
function vocabulary(size: number): { tokens: string[]; scores: number[]; types: number[] } {
  const tokens = ["<unk>", "<s>", "</s>"];
  const types = [2, 3, 3];
  for (let byte = 0; byte < 256; byte++) {
    tokens.push(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
    types.push(6);
  }
  const letters = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
  const pieces = ["▁", ...letters, ...letters.map((letter) => `▁${letter}`)];
  for (const first of "etaoinshrdlucmfw")
    for (const second of "etaoinshrdlucmfw") pieces.push(first + second, `▁${first}${second}`);
  for (let word = 0; tokens.length + pieces.length < size; word++) pieces.push(`▁w${word}`);
  for (const piece of pieces.slice(0, size - tokens.length)) {
    tokens.push(piece);
    types.push(1);
  }
  return { tokens, types, scores: tokens.map((_, index) => Math.min(0, specialTokens - index)) };
}

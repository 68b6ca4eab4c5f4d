import { AppError } from "../../platform/AppError.js";
import type { GgmlTypeName } from "../ggmlTypes.js";
import { checkModelParameters } from "./checkModelParameters.js";
import { type GgufFileType, ggufFileTypeById } from "./fileTypes.js";
import type { GgufMetadata } from "./GgufValue.js";

/** llama.cpp's own limit on layers (LLAMA_MAX_LAYERS); more abort it. */
const blockCountMax = 512;
/** Far above every model; keeps later size estimates exact. */
const dimensionMax = 2 ** 31 - 1;

/** They keep a state instead of a cache, and have no heads. Source: `llm_arch_is_recurrent` in llama.cpp's `src/llama-arch.cpp`. */
const recurrentArchitectures = new Set(["mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"]);

/** What the rest of Cria wants to know of a model without loading it. */
export interface ModelSummary {
  readonly architecture: string;
  readonly name: string | undefined;
  /** The context that the model was trained with. */
  readonly contextTokens: number;
  readonly blockCount: number;
  readonly embeddingLength: number;
  /** 0 where the file does not say. */
  readonly feedForwardLength: number;
  /** Query heads; the largest layer's where layers differ, 0 where no layer has any. */
  readonly headCount: number;
  readonly keyValueHeadCount: number;
  /** Values per head in the K cache, and in the V cache. */
  readonly keyLength: number;
  readonly valueLength: number;
  readonly vocabularySize: number;
  /** `tokenizer.ggml.model`: "llama" is SentencePiece, "gpt2" is byte-level BPE. */
  readonly tokenizerModel: string | undefined;
  readonly bosTokenId: number | undefined;
  readonly eosTokenId: number | undefined;
  /** As the file says; llama.cpp has a default per tokenizer where it says nothing. */
  readonly addBos: boolean | undefined;
  readonly addEos: boolean | undefined;
  /** Jinja source; a blank one counts for none. */
  readonly chatTemplate: string | undefined;
  readonly license: string | undefined;
  readonly parameterCount: number;
  /** "Q4_K_M", "F16", …: what the file says, else the type of most of its values. */
  readonly quantization: GgufFileType | GgmlTypeName | undefined;
  /** How many tensors have each type. */
  readonly tensorTypes: ReadonlyMap<GgmlTypeName, number>;
  /** The tensors' bytes, without header and padding. */
  readonly tensorSizeBytes: number;
}

interface TensorShape {
  readonly shape: readonly number[];
  readonly type: GgmlTypeName;
  readonly sizeBytes: number;
}

/**
 * Takes the model's properties from a header or an index (`readGgufHeader`, `readGgufIndex`).
 * Throws `gguf_invalid` when it is no language model, or has numbers that abort llama.cpp or that it hangs on.
 */
export function readModelSummary(header: {
  readonly metadata: GgufMetadata;
  readonly tensors: ReadonlyMap<string, TensorShape>;
}): ModelSummary {
  const { metadata, tensors } = header;
  const architecture = text(metadata, "general.architecture");
  if (architecture === undefined) fail('it does not say which architecture it has ("general.architecture")');
  if (architecture === "t5")
    fail(
      "it is an encoder and a decoder in one (t5)",
      "Choose one that is a decoder alone, as all of the LLaMA family are.",
    );
  const count = (key: string, max: number, fallback?: number) =>
    largest(metadata, `${architecture}.${key}`, max, fallback);

  const blockCount = count("block_count", blockCountMax);
  const embeddingLength = count("embedding_length", dimensionMax);
  const headCount = count(
    "attention.head_count",
    dimensionMax,
    recurrentArchitectures.has(architecture) ? 0 : undefined,
  );
  const keyValueHeadCount = count("attention.head_count_kv", dimensionMax, headCount);
  checkModelParameters(metadata, architecture, blockCount, fail);
  const headLength = headCount === 0 ? 0 : Math.max(1, Math.floor(embeddingLength / headCount));
  checkPositive(metadata, `${architecture}.attention.layer_norm_rms_epsilon`);
  checkPositive(metadata, `${architecture}.rope.freq_base`);
  const tokens = metadata.get("tokenizer.ggml.tokens");
  const vocabularySize = tokens?.type === "array" ? tokens.value.length : count("vocab_size", dimensionMax);
  if (vocabularySize === 0) fail("it has no tokens");
  const totals = addUp(tensors);
  const chatTemplate = text(metadata, "tokenizer.chat_template");

  return {
    architecture,
    name: text(metadata, "general.name"),
    contextTokens: count("context_length", dimensionMax),
    blockCount,
    embeddingLength,
    feedForwardLength: count("feed_forward_length", dimensionMax, 0),
    headCount,
    keyValueHeadCount,
    keyLength: count("attention.key_length", dimensionMax, headLength),
    valueLength: count("attention.value_length", dimensionMax, headLength),
    vocabularySize,
    tokenizerModel: text(metadata, "tokenizer.ggml.model"),
    bosTokenId: integer(metadata, "tokenizer.ggml.bos_token_id"),
    eosTokenId: integer(metadata, "tokenizer.ggml.eos_token_id"),
    addBos: flag(metadata, "tokenizer.ggml.add_bos_token"),
    addEos: flag(metadata, "tokenizer.ggml.add_eos_token"),
    chatTemplate: chatTemplate?.trim() ? chatTemplate : undefined,
    license: text(metadata, "general.license"),
    parameterCount: totals.parameterCount,
    quantization: ggufFileTypeById(integer(metadata, "general.file_type") ?? -1) ?? totals.mainType,
    tensorTypes: totals.tensorTypes,
    tensorSizeBytes: totals.sizeBytes,
  };
}

function addUp(tensors: ReadonlyMap<string, TensorShape>) {
  const tensorTypes = new Map<GgmlTypeName, number>();
  const valuesPerType = new Map<GgmlTypeName, number>();
  let parameterCount = 0;
  let sizeBytes = 0;
  for (const tensor of tensors.values()) {
    const values = tensor.shape.reduce((product, length) => product * length, 1);
    tensorTypes.set(tensor.type, (tensorTypes.get(tensor.type) ?? 0) + 1);
    valuesPerType.set(tensor.type, (valuesPerType.get(tensor.type) ?? 0) + values);
    parameterCount += values;
    sizeBytes += tensor.sizeBytes;
  }
  const mainType = [...valuesPerType].sort((a, b) => b[1] - a[1])[0]?.[0];
  return { tensorTypes, parameterCount, sizeBytes, mainType };
}

/** A count from 1 (0 where `fallback` is 0) to `max`; some architectures have one per layer, then the largest of them. */
function largest(metadata: GgufMetadata, key: string, max: number, fallback?: number): number {
  const entry = metadata.get(key);
  if (entry === undefined) {
    if (fallback !== undefined) return fallback;
    fail(`it has no "${key}"`, "It is no language model, or not one that Cria can run.");
  }
  let value: unknown = entry.value;
  if (entry.type === "array" && entry.value instanceof Uint32Array)
    value = entry.value.reduce((a, b) => Math.max(a, b), 0);
  if (entry.type === "array" && entry.value instanceof Int32Array)
    value = entry.value.reduce((a, b) => Math.max(a, b), 0);
  if (typeof value === "bigint") value = Number(value);
  if (typeof value !== "number" || !Number.isInteger(value)) fail(`"${key}" is not a whole number`);
  if (value < (fallback === 0 ? 0 : 1) || value > max) fail(`"${key}" is ${value}, which no model has`);
  return value;
}

function checkPositive(metadata: GgufMetadata, key: string): void {
  const value = metadata.get(key)?.value;
  if (typeof value === "number" && !(value > 0)) fail(`"${key}" is ${value}, which no model has`);
}

function text(metadata: GgufMetadata, key: string): string | undefined {
  const entry = metadata.get(key);
  return entry?.type === "string" ? entry.value : undefined;
}

function flag(metadata: GgufMetadata, key: string): boolean | undefined {
  const entry = metadata.get(key);
  return entry?.type === "bool" ? entry.value : undefined;
}

function integer(metadata: GgufMetadata, key: string): number | undefined {
  const value = metadata.get(key)?.value;
  const number = typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) ? number : undefined;
}

function fail(
  problem: string,
  hint = "The file is damaged, or was made by a faulty program: look for another one.",
): never {
  throw new AppError("gguf_invalid", `This GGUF file cannot be used: ${problem}.`, { hint });
}

import type { KvCacheType } from "../protocol/loadSettings.js";
import type { ModelSummary } from "./gguf/readModelSummary.js";

/** What a loaded model takes, in bytes of main memory. */
export interface MemoryPlan {
  /** What one sequence may hold. */
  contextTokens: number;
  /** KV-cache lanes: generations at the same time. */
  sequences: number;
  weightsBytes: number;
  kvCacheBytes: number;
  /** Buffers of the computation, and the process itself. */
  restBytes: number;
  totalBytes: number;
}

/** What of a model says how much memory it takes. */
export type MemoryShape = Pick<
  ModelSummary,
  | "blockCount"
  | "keyValueHeadCount"
  | "keyLength"
  | "valueLength"
  | "vocabularySize"
  | "feedForwardLength"
  | "embeddingLength"
  | "tensorSizeBytes"
>;

export interface MemoryWishes {
  /** The most context per sequence, in tokens. */
  contextTokens: number;
  /** Memory that may be used for this model. */
  availableBytes: number;
  kvCacheType?: KvCacheType;
}

/** Bytes of one value: the quantized types store blocks of 32 with a scale. */
const kvValueBytes: Record<KvCacheType, number> = { f16: 2, q8_0: 34 / 32, q4_0: 18 / 32 };
/** Tokens in one batch, for which the computation's buffers are laid out. */
const batchTokens = 512;
/** Node, the engine's libraries and their small buffers. */
export const processBytes = 150e6;
const mostSequences = 16;
/** Lanes that are worth more than a quiet machine: up to these, half of the free memory may go into KV caches. */
const usualSequences = 4;
const shortestContextTokens = 512;

/** Bytes of KV cache that one token takes. Source: llama.cpp, llama_kv_cache: per layer K and V of all key/value heads. */
export function kvBytesPerToken(summary: MemoryShape, type: KvCacheType = "f16"): number {
  const values = summary.blockCount * summary.keyValueHeadCount * (summary.keyLength + summary.valueLength);
  return values * kvValueBytes[type];
}

/** Bytes for the given context and lanes. */
export function estimateMemory(
  summary: MemoryShape,
  contextTokens: number,
  sequences: number,
  kvCacheType: KvCacheType = "f16",
): MemoryPlan {
  const weightsBytes = summary.tensorSizeBytes;
  const kvCacheBytes = kvBytesPerToken(summary, kvCacheType) * contextTokens * sequences;
  const widestRow = Math.max(summary.vocabularySize, summary.feedForwardLength * 2 + summary.embeddingLength * 4);
  const restBytes = processBytes + batchTokens * widestRow * 4;
  return {
    contextTokens,
    sequences,
    weightsBytes,
    kvCacheBytes,
    restBytes,
    totalBytes: weightsBytes + kvCacheBytes + restBytes,
  };
}

/**
 * The context and the lanes that fit: the wished context with up to 16 lanes in a quarter of the memory that the weights
 * leave, with up to 4 lanes in half of it, at least one lane with the longest context that fits at all. The plan may still be
 * bigger than what is available: the caller refuses it then, with its numbers.
 */
export function planMemory(summary: ModelSummary, wishes: MemoryWishes): MemoryPlan {
  const contextTokens = Math.min(wishes.contextTokens, summary.contextTokens);
  const { kvCacheType } = wishes;
  const one = estimateMemory(summary, contextTokens, 1, kvCacheType);
  const leftBytes = wishes.availableBytes - one.weightsBytes - one.restBytes;
  const lanesIn = (bytes: number) => Math.floor(bytes / one.kvCacheBytes);
  const sequences = Math.min(
    mostSequences,
    Math.max(lanesIn(leftBytes / 4), Math.min(usualSequences, lanesIn(leftBytes / 2)), 1),
  );
  if (sequences > 1 || one.kvCacheBytes <= leftBytes)
    return estimateMemory(summary, contextTokens, sequences, kvCacheType);
  const fitting = Math.floor(leftBytes / kvBytesPerToken(summary, kvCacheType) / 256) * 256;
  return estimateMemory(summary, Math.min(contextTokens, Math.max(shortestContextTokens, fitting)), 1, kvCacheType);
}

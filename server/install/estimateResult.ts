import { type CatalogModel, countParameters, memoryShape } from "../models/catalog.js";
import type { Quantization } from "../protocol/install.js";
import { estimateMemory } from "../weights/planMemory.js";
import type { JobSource } from "./InstallJob.js";

/** Bits per weight of a whole 7B LLaMA; smaller models have more because of their embeddings. */
const bitsPerWeight: Record<Quantization, number> = {
  F32: 32,
  F16: 16,
  BF16: 16,
  Q8_0: 8.5,
  Q4_0: 4.55,
  Q4_1: 5.05,
  Q5_0: 5.55,
  Q5_1: 6.05,
  Q2_K: 3.1,
  Q3_K_S: 3.55,
  Q3_K_M: 3.95,
  Q3_K_L: 4.3,
  Q4_K_S: 4.6,
  Q4_K_M: 4.85,
  Q5_K_S: 5.55,
  Q5_K_M: 5.7,
  Q6_K: 6.6,
};

/** Buffers of the engine beside weights and cache. */
const bufferBytes = 200 * 2 ** 20;
const usualContextTokens = 8192;

/**
 * Sizes of the finished weights and of the memory they will take, as far as they can be told before anything is fetched; 0 for what
 * cannot. `quantization`: what they are converted to, or `undefined` when they are taken as they are.
 */
export function estimateResult(
  source: JobSource,
  quantization: Quantization | undefined,
  model: Pick<CatalogModel, "shape" | "contextTokens"> | undefined,
): { resultBytes: number; ramBytes: number } {
  const weightsBytes =
    source.type === "localFile" || source.type === "localFolder"
      ? 0
      : source.base.weights.reduce((sum, file) => sum + (file.sizeBytes ?? 0), 0);
  // Checkpoints are mostly 16-bit; a 32-bit one makes this guess twice too large, which errs on the safe side.
  const parameters = model === undefined ? weightsBytes / 2 : countParameters(model.shape);
  const converted = source.type === "checkpoint" && quantization !== undefined;
  const resultBytes = Math.round(converted ? (parameters * bitsPerWeight[quantization]) / 8 : weightsBytes);
  if (resultBytes === 0) return { resultBytes: 0, ramBytes: 0 };
  // Without a shape: as much again as a sixth of the weights, which is what 7B models take for 4,096 tokens with grouped queries.
  if (model === undefined) return { resultBytes, ramBytes: Math.round((resultBytes * 7) / 6 + bufferBytes) };
  const contextTokens = Math.min(model.contextTokens, usualContextTokens);
  return { resultBytes, ramBytes: estimateMemory(memoryShape(model.shape, resultBytes), contextTokens, 1).totalBytes };
}

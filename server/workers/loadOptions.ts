import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { measureFreeCores, usableCores } from "../platform/freeCores.js";
import type { KvCacheType, LoadPlan, LoadSettings } from "../protocol/loadSettings.js";
import type { ModelSummary } from "../weights/gguf/readModelSummary.js";
import { kvCacheTypesFor } from "../weights/kvCacheTypes.js";
import type { MemoryPlan } from "../weights/planMemory.js";
import type { DraftOptions, LoadOptions } from "./messages.js";
import type { PoolOptions } from "./PoolOptions.js";
import type { EngineSettings } from "./tuning/Tuning.js";
import type { PoolModel } from "./WorkerPool.js";

/**
 * Below this many bytes of weights a second thread costs a single reply more at the barriers than it computes (measured: 9 MB, 1,250
 * tokens per second with one thread and 930 with two; 62 MB, 330 and 400).
 */
const singleThreadSizeBytes = 40e6;

/** How a model is to be held: what was chosen for it, before what the server was started with, before what was measured. */
export interface Holding {
  usual: LoadPlan["usual"];
  wished: Omit<LoadPlan["usual"], "draft"> & Pick<LoadSettings, "gpuLayers">;
  /** The most while prompts are read. */
  batchThreads: number;
  tuned: EngineSettings | undefined;
}

/** A KV cache that the model cannot have so, because all models were meant or its file was another one then, is the usual one. */
export function chooseHolding(
  model: Pick<PoolModel, "sizeBytes">,
  summary: Pick<ModelSummary, "contextTokens" | "keyLength" | "valueLength">,
  options: Pick<PoolOptions, "contextTokens" | "kvCacheType" | "maxThreads">,
  tuned: EngineSettings | undefined,
  chosen: LoadSettings,
): Holding {
  const most = mostThreads(options.maxThreads);
  const { contextTokens: trainedTokens } = summary;
  const types = kvCacheTypesFor(summary);
  const fitting = (...wanted: (KvCacheType | undefined)[]) =>
    wanted.find((type) => type !== undefined && types.includes(type)) ?? "f16";
  const usual = {
    contextTokens: Math.min(options.contextTokens, trainedTokens),
    kvCacheType: fitting(options.kvCacheType ?? tuned?.kvCacheType),
    threads: Math.min(most, tuned?.threads ?? usualThreads(model.sizeBytes, most)),
    ...(tuned?.draft === undefined ? {} : { draft: tuned.draft.modelId }),
  };
  const wished = {
    contextTokens: Math.min(chosen.contextTokens ?? usual.contextTokens, trainedTokens),
    kvCacheType: fitting(chosen.kvCacheType, usual.kvCacheType),
    threads: Math.min(most, chosen.threads ?? usual.threads),
    ...(chosen.gpuLayers === undefined ? {} : { gpuLayers: chosen.gpuLayers }),
  };
  // Threads that were chosen count for reading prompts too; else reading gains from every core, whatever writing does.
  return { usual, wished, batchThreads: Math.min(most, chosen.threads ?? tuned?.batchThreads ?? most), tuned };
}

/** What the worker is told. */
export async function loadOptions(
  model: PoolModel,
  plan: MemoryPlan,
  { wished, batchThreads, tuned }: Holding,
  options: Pick<PoolOptions, "maxThreads" | "gpu" | "parking">,
  draft?: DraftOptions,
): Promise<LoadOptions> {
  const { threads: maxThreads, kvCacheType, gpuLayers } = wished;
  const { flashAttention, weightsIn, speculation } = tuned ?? {};
  // Guessing ahead brings flash attention along, with which V is kept in another order.
  const attention = speculation === undefined && draft === undefined ? flashAttention : "on";
  return {
    modelPath: model.weightsPath,
    contextTokens: plan.contextTokens,
    sequences: plan.sequences,
    maxThreads,
    // One core stays for the server and whatever else runs until the governor has seen that it is free too.
    threads: Math.max(1, Math.min(maxThreads, (await measureFreeCores()) - 1)),
    gpu: options.gpu,
    kvCacheType,
    ...(gpuLayers === undefined ? {} : { gpuLayers }),
    ...(flashAttention === undefined ? {} : { flashAttention }),
    ...(weightsIn === undefined ? {} : { weightsIn }),
    ...(speculation === undefined ? {} : { speculation }),
    ...(draft === undefined ? {} : { draft }),
    batchThreads,
    ...(options.parking === undefined
      ? {}
      : {
          parking: {
            folderPath: join(options.parking.folderPath, await parkingKey(model, plan, kvCacheType, attention)),
            maxBytes: options.parking.maxBytes,
            bytesPerToken: plan.kvCacheBytes / (plan.contextTokens * plan.sequences),
          },
        }),
  };
}

/** A KV cache fits only the very weights and context that it was made with. */
async function parkingKey(
  model: PoolModel,
  plan: MemoryPlan,
  kvCacheType: LoadOptions["kvCacheType"],
  flashAttention: LoadOptions["flashAttention"],
): Promise<string> {
  const { size, mtimeMs } = await stat(model.weightsPath);
  return createHash("sha256")
    .update(JSON.stringify([model.id, size, mtimeMs, plan.contextTokens, kvCacheType, flashAttention ?? "auto"]))
    .digest("hex")
    .slice(0, 24);
}

/** The most threads to write with for a model that was never measured. */
export function usualThreads(sizeBytes: number, cores: number): number {
  return sizeBytes < singleThreadSizeBytes ? 1 : cores;
}

/** The machine's cores, or fewer where the server was told so; 0: it was not. */
export function mostThreads(maxThreads: number): number {
  return maxThreads > 0 ? Math.min(maxThreads, usableCores()) : usableCores();
}

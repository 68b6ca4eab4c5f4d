import type { KvCacheType } from "../protocol/loadSettings.js";
import type { ModelSummary } from "./gguf/readModelSummary.js";

/** The quantized types keep so many values of a head together. Source: ggml, QK8_0 and QK4_0. */
const blockValues = 32;

type Heads = Pick<ModelSummary, "keyLength" | "valueLength">;

/**
 * What the model's KV cache can be kept as. Where heads are no multiple of a block (100 values in OpenLLaMA 3B) that is f16 alone: the engine
 * makes no other context. Source: llama.cpp, `llama_init_from_model`.
 */
export function kvCacheTypesFor({ keyLength, valueLength }: Heads): KvCacheType[] {
  const inBlocks = keyLength % blockValues === 0 && valueLength % blockValues === 0;
  return inBlocks ? ["f16", "q8_0", "q4_0"] : ["f16"];
}

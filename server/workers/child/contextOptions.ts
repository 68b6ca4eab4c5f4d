import type { LoadOptions } from "../messages.js";

/**
 * The CPU's kernel for flash attention goes through a head in steps of so many values, and one by one through what is left. Source:
 * ggml-cpu, `ggml_vec_dot_f16` and `ggml_vec_mad_f16`, GGML_F16_STEP with AVX-512.
 */
const flashAttentionStep = 64;

/**
 * The parts of node-llama-cpp's context options that decide how attention is computed and kept. Left to the engine, flash attention is
 * always on; on a CPU it costs more than half of the speed where heads do not fit its steps (measured: 15M parameters, heads of 48
 * values, 512 tokens of context: writes 190 tokens per second with it and 415 without, reads 8,700 with it and 5,000 without; where
 * heads fit, it is the other way round or even). A quantized KV cache cannot be had without it, and guessing ahead always has it: with it
 * alone the engine computes a few tokens at once to the last bit as it computes them one by one, so that guesses leave the text as it is.
 * `headSize`: values of one key.
 */
export function contextOptions(
  {
    kvCacheType = "f16",
    flashAttention = "auto",
    speculation,
    draft,
  }: Pick<LoadOptions, "kvCacheType" | "flashAttention" | "speculation" | "draft">,
  { gpu, headSize }: { gpu: string | false; headSize: number },
) {
  if (kvCacheType !== "f16") {
    const engineType = kvCacheType === "q8_0" ? ("Q8_0" as const) : ("Q4_0" as const);
    return { flashAttention: true, experimentalKvCacheKeyType: engineType, experimentalKvCacheValueType: engineType };
  }
  if (flashAttention === "on" || speculation !== undefined || draft !== undefined) return { flashAttention: true };
  return flashAttention === "off" || isFlashAttentionSlow(gpu, headSize) ? { flashAttention: false } : {};
}

/** Whether flash attention costs more than it gains: `auto` has none then. */
export function isFlashAttentionSlow(gpu: string | false, headSize: number): boolean {
  return gpu === false && headSize % flashAttentionStep !== 0;
}

/** Values of one key of an attention head, as the file's metadata tell: 0 where they do not. */
export function headSizeOf(metadata: {
  embedding_length?: number;
  attention?: { head_count?: number | readonly number[]; key_length?: number };
}): number {
  const { embedding_length: width = 0, attention: { head_count: counts, key_length: keyLength } = {} } = metadata;
  if (keyLength !== undefined) return keyLength;
  const count = typeof counts === "number" ? counts : counts?.[0];
  return count === undefined || count === 0 ? 0 : width / count;
}

/** As many layers as the GPU's memory takes beside the KV caches of all lanes; what does not fit stays with the CPU. */
export function layersBesideContext({ contextTokens, sequences }: Pick<LoadOptions, "contextTokens" | "sequences">) {
  return { fitContext: { contextSize: contextTokens * sequences } };
}

/** node-llama-cpp's options for where the weights are. */
export function weightsOptions(place: LoadOptions["weightsIn"] = "mapped") {
  if (place === "mapped") return {};
  return place === "copied" ? { useMmap: false } : { useMlock: true };
}

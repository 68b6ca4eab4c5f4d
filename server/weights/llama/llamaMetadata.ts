import type { GgufValue } from "../gguf/GgufValue.js";
import type { LlamaParameters } from "./LlamaParameters.js";

/** The keys that llama.cpp's converter writes for a model's shape, in its order. */
export function llamaMetadata(parameters: LlamaParameters): [string, GgufValue][] {
  const entries: [string, GgufValue][] = [];
  const count = (key: string, value: number) => entries.push([`llama.${key}`, { type: "uint32", value }]);
  const number = (key: string, value: number | undefined) => {
    if (value !== undefined) entries.push([`llama.${key}`, { type: "float32", value }]);
  };
  count("block_count", parameters.blockCount);
  count("context_length", parameters.contextTokens);
  count("embedding_length", parameters.embeddingLength);
  count("feed_forward_length", parameters.feedForwardLength);
  count("attention.head_count", parameters.headCount);
  count("attention.head_count_kv", parameters.keyValueHeadCount);
  const scaling = parameters.ropeScaling;
  // LLaMA 3.1's scaling is a tensor, rope_freqs.weight.
  if (scaling !== undefined && scaling.type !== "llama3") {
    entries.push(["llama.rope.scaling.type", { type: "string", value: scaling.type }]);
    number("rope.scaling.factor", scaling.factor);
    if (scaling.type === "yarn") {
      count("rope.scaling.original_context_length", scaling.originalContextTokens);
      number("rope.scaling.yarn_ext_factor", scaling.extensionFactor);
      number("rope.scaling.yarn_attn_factor", scaling.attentionFactor);
      number("rope.scaling.yarn_beta_fast", scaling.betaFast);
      number("rope.scaling.yarn_beta_slow", scaling.betaSlow);
    }
  }
  number("rope.freq_base", parameters.ropeTheta);
  number("attention.layer_norm_rms_epsilon", parameters.rmsEpsilon);
  if (parameters.headLengthIsExplicit) {
    count("attention.key_length", parameters.headLength);
    count("attention.value_length", parameters.headLength);
  }
  count("vocab_size", parameters.vocabularySize);
  count("rope.dimension_count", parameters.headLength);
  return entries;
}

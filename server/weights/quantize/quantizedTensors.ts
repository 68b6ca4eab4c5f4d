/**
 * Which tensors llama_model_quantize touches at all, and in which order it walks through them.
 * Source: llama.cpp v0.5.0 `src/llama-quant.cpp` (tensor_allows_quantization) and `src/llama-model-loader.h`
 * (weight_name_comparer).
 */

/** Small or sensitive weights that stay as they are: norms, routers, position tables, state-space and RWKV pieces, … */
const untouched = [
  "_norm.weight",
  "ffn_gate_inp.weight",
  "ffn_gate_tid2eid.weight",
  "altup",
  "laurel",
  "per_layer_model_proj",
  "ssm_conv1d",
  "shortconv.conv.weight",
  "indexer.k_proj.weight",
  "indexer.q_proj.weight",
  "time_mix_first.weight",
  "time_mix_w0.weight",
  "time_mix_w1.weight",
  "time_mix_w2.weight",
  "time_mix_v0.weight",
  "time_mix_v1.weight",
  "time_mix_v2.weight",
  "time_mix_a0.weight",
  "time_mix_a1.weight",
  "time_mix_a2.weight",
  "time_mix_g1.weight",
  "time_mix_g2.weight",
  "time_mix_decay_w1.weight",
  "time_mix_decay_w2.weight",
  "time_mix_lerp_fused.weight",
  "attn_rel_b.weight",
  ".position_embd",
  "sam.pos_embd",
  "sam.neck.",
  "sam.net_",
  ".rel_pos",
  ".patch_embd",
  ".patch_merger",
  "a.rvq.codebook",
  "mm.a.code_embd",
];

/** True when the tensor is converted to the wanted type. `shape` is row-major: `[rows, columns]`, `[experts, rows, columns]`. */
export function isQuantized(name: string, shape: readonly number[]): boolean {
  // ggml does not count leading dimensions of 1, so `[1, columns]` is a vector.
  if (!shape.slice(0, -1).some((size) => size > 1)) return false;
  if (!name.endsWith("weight")) return false;
  if (name === "position_embd.weight" || name === "token_types.weight") return false;
  return !untouched.some((part) => name.includes(part));
}

const layerOf = (name: string): number => {
  const digits = /^blk\.([+-]?\d+)/.exec(name)?.[1];
  return digits === undefined ? -1 : Number(digits);
};

/** llama.cpp's order of tensors: those of no layer first, then layer by layer, in each by the bytes of the name. */
export function compareTensorNames(a: string, b: string): number {
  return layerOf(a) - layerOf(b) || Buffer.compare(Buffer.from(a), Buffer.from(b));
}

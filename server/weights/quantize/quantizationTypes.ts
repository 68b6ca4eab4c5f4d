import type { EncodableType } from "./ggmlNative.js";

/**
 * What a model can be quantized to. `fileType` is `general.file_type` (enum llama_ftype), `tensorType` the type of most
 * tensors (llama_ftype_get_default_type); `_S`, `_M`, `_L` differ in which tensors get more bits.
 * Source: llama.cpp v0.5.0 `include/llama.h` and `src/llama-quant.cpp`.
 */
export const quantizationTypes = {
  F32: { fileType: 0, tensorType: "F32" },
  F16: { fileType: 1, tensorType: "F16" },
  BF16: { fileType: 32, tensorType: "BF16" },
  Q8_0: { fileType: 7, tensorType: "Q8_0" },
  Q4_0: { fileType: 2, tensorType: "Q4_0" },
  Q4_1: { fileType: 3, tensorType: "Q4_1" },
  Q5_0: { fileType: 8, tensorType: "Q5_0" },
  Q5_1: { fileType: 9, tensorType: "Q5_1" },
  Q2_K: { fileType: 10, tensorType: "Q2_K" },
  Q3_K_S: { fileType: 11, tensorType: "Q3_K" },
  Q3_K_M: { fileType: 12, tensorType: "Q3_K" },
  Q3_K_L: { fileType: 13, tensorType: "Q3_K" },
  Q4_K_S: { fileType: 14, tensorType: "Q4_K" },
  Q4_K_M: { fileType: 15, tensorType: "Q4_K" },
  Q5_K_S: { fileType: 16, tensorType: "Q5_K" },
  Q5_K_M: { fileType: 17, tensorType: "Q5_K" },
  Q6_K: { fileType: 18, tensorType: "Q6_K" },
} as const satisfies Record<string, { fileType: number; tensorType: EncodableType }>;

export type QuantizationType = keyof typeof quantizationTypes;

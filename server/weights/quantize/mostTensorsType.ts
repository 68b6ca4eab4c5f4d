import type { Quantization } from "../../protocol/install.js";
import type { EncodableType } from "./ggmlNative.js";

/**
 * The type of most tensors of a model that is quantized so (llama_ftype_get_default_type); `_S`, `_M`, `_L` differ in which tensors get
 * more bits. Source: llama.cpp v0.5.0 `src/llama-quant.cpp`.
 */
export const mostTensorsType = {
  F32: "F32",
  F16: "F16",
  BF16: "BF16",
  Q8_0: "Q8_0",
  Q4_0: "Q4_0",
  Q4_1: "Q4_1",
  Q5_0: "Q5_0",
  Q5_1: "Q5_1",
  Q2_K: "Q2_K",
  Q3_K_S: "Q3_K",
  Q3_K_M: "Q3_K",
  Q3_K_L: "Q3_K",
  Q4_K_S: "Q4_K",
  Q4_K_M: "Q4_K",
  Q5_K_S: "Q5_K",
  Q5_K_M: "Q5_K",
  Q6_K: "Q6_K",
} as const satisfies Record<Quantization, EncodableType>;

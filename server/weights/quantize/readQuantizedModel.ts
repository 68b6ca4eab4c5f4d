import type { GgufMetadata, GgufValue } from "../gguf/GgufValue.js";
import { ggufError } from "../gguf/ggufError.js";
import type { QuantizedModel } from "./chooseTensorTypes.js";

/**
 * What the mixture rules ask, from a GGUF file's metadata. Architectures without layers or heads count as having none,
 * as in llama.cpp. Throws AppError `gguf_invalid` when the file does not name its architecture.
 */
export function readQuantizedModel(metadata: GgufMetadata, fileName: string): QuantizedModel {
  const entry = metadata.get("general.architecture");
  if (entry?.type !== "string")
    throw ggufError(fileName, 'it does not say which architecture it has ("general.architecture")');
  const architecture = entry.value;
  const number = (key: string, otherwise: number) => firstNumber(metadata.get(`${architecture}.${key}`)) ?? otherwise;
  const headCount = number("attention.head_count", 0);
  return {
    architecture,
    blockCount: number("block_count", 0),
    nextnLayerCount: number("nextn_predict_layers", 0),
    headCount,
    headCountKv: number("attention.head_count_kv", headCount),
    expertCount: number("expert_count", 0),
  };
}

/** Some architectures have one number per layer; llama.cpp asks for the first layer's. */
function firstNumber(entry: GgufValue | undefined): number | undefined {
  if (entry === undefined) return undefined;
  const value = entry.type === "array" ? entry.value.at(0) : entry.value;
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
}

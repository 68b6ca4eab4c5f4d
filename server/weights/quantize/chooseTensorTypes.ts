import { AppError } from "../../platform/AppError.js";
import type { Quantization } from "../../protocol/install.js";
import { type GgmlTypeName, ggmlTypes } from "../ggmlTypes.js";
import type { EncodableType } from "./ggmlNative.js";
import { mostTensorsType } from "./mostTensorsType.js";
import { compareTensorNames, isQuantized } from "./quantizedTensors.js";

/** What the mixture rules ask about a model; the numbers are its GGUF metadata under `<architecture>.`. */
export interface QuantizedModel {
  /** `general.architecture` */
  readonly architecture: string;
  /** `block_count` */
  readonly blockCount: number;
  /** `nextn_predict_layers`: trailing layers that predict further tokens, usually 0 */
  readonly nextnLayerCount: number;
  /** `attention.head_count` and `attention.head_count_kv` of the first layer */
  readonly headCount: number;
  readonly headCountKv: number;
  /** `expert_count`, 0 when dense */
  readonly expertCount: number;
}

export interface UnquantizedTensor {
  readonly name: string;
  readonly type: GgmlTypeName;
  /** Row-major: `[columns]`, `[rows, columns]` or `[experts, rows, columns]`. */
  readonly shape: readonly number[];
}

export interface TensorTypeChoice {
  readonly type: GgmlTypeName;
  /** The type that the rules wanted but the row length does not allow; `undefined` in the usual case. */
  readonly insteadOf?: EncodableType;
}

type Category =
  | "tokenEmbedding"
  | "output"
  | "attentionKey"
  | "attentionValue"
  | "attentionOutput"
  | "ffnDown"
  | "other";

/**
 * The type of every tensor of a quantized model, in llama.cpp's own order of tensors: what llama_model_quantize chooses
 * without an importance matrix and without overrides. Source: llama.cpp v0.5.0 `src/llama-quant.cpp`
 * (llama_tensor_get_type, llama_tensor_get_type_impl, tensor_type_fallback); the comments there apply.
 * Throws AppError `gguf_invalid` when a tensor's name does not fit a model with experts.
 */
export function chooseTensorTypes(
  tensors: Iterable<UnquantizedTensor>,
  quantization: Quantization,
  model: QuantizedModel,
): Map<string, TensorTypeChoice> {
  const sorted = [...tensors].sort((a, b) => compareTensorNames(a.name, b.name));
  const tensorType = mostTensorsType[quantization];
  const rules = new MixtureRules(
    quantization,
    model,
    sorted.map((tensor) => tensor.name),
  );
  const choices = new Map<string, TensorTypeChoice>();
  for (const { name, type, shape } of sorted) {
    if (!isQuantized(name, shape)) choices.set(name, { type });
    else if (tensorType === "F32" || tensorType === "F16" || tensorType === "BF16")
      choices.set(name, { type: tensorType });
    else {
      const columns = shape.at(-1) ?? 1;
      choices.set(name, fallBack(rules.choose(name, columns), columns));
    }
  }
  return choices;
}

/** Walks through the tensors in order, because the rules count how many of a kind they have seen. */
class MixtureRules {
  readonly #quantization: Quantization;
  readonly #model: QuantizedModel;
  readonly #attentionValueCount: number;
  readonly #hasTiedEmbeddings: boolean;
  readonly #is70B: boolean;
  #attentionValueIndex = 0;
  #ffnDownIndex = 0;

  constructor(quantization: Quantization, model: QuantizedModel, names: readonly string[]) {
    this.#quantization = quantization;
    this.#model = model;
    this.#attentionValueCount = names.filter((name) => categoryOf(name) === "attentionValue").length;
    this.#hasTiedEmbeddings = !names.includes("output.weight");
    this.#is70B = is70B(model);
  }

  choose(name: string, columns: number): EncodableType {
    const q = this.#quantization;
    const type = mostTensorsType[q];
    const category = categoryOf(name);
    if (category === "output" || (this.#hasTiedEmbeddings && category === "tokenEmbedding")) {
      if (this.#model.architecture === "falcon" || columns % ggmlTypes[type].blockValues !== 0) return "Q8_0";
      return type === "Q8_0" ? type : "Q6_K";
    }
    if (category === "attentionValue") return this.#chooseAttentionValue(type);
    if (category === "attentionKey") return this.#model.expertCount === 8 ? "Q8_0" : type;
    if (category === "ffnDown") return this.#chooseFfnDown(name, type);
    if (category === "attentionOutput") return this.#chooseAttentionOutput(type);
    return type;
  }

  #chooseAttentionValue(standard: EncodableType): EncodableType {
    const q = this.#quantization;
    const index = this.#attentionValueIndex++;
    let type = standard;
    if (q === "Q2_K") type = headsPerKvHead(this.#model) >= 4 ? "Q4_K" : "Q3_K";
    else if (q === "Q3_K_M") type = index < 2 ? "Q5_K" : "Q4_K";
    else if (q === "Q3_K_L") type = "Q5_K";
    else if ((q === "Q4_K_M" || q === "Q5_K_M") && usesMoreBits(index, this.#attentionValueCount)) type = "Q6_K";
    else if (q === "Q4_K_S" && index < 4) type = "Q5_K";
    if (this.#is70B && (type === "Q3_K" || type === "Q4_K")) type = "Q5_K";
    if (this.#model.expertCount === 8) type = "Q8_0";
    return type;
  }

  #chooseFfnDown(name: string, standard: EncodableType): EncodableType {
    const q = this.#quantization;
    const layerCount = this.#model.blockCount;
    const layer = this.#layerOfFfnDown(name, this.#ffnDownIndex++);
    const isFalcon = this.#model.architecture === "falcon";
    if (q === "Q2_K") return "Q3_K";
    if (q === "Q3_K_M") {
      if (layer < Math.trunc(layerCount / 16)) return "Q5_K";
      return !isFalcon || usesMoreBits(layer, layerCount) ? "Q4_K" : "Q3_K";
    }
    if (q === "Q3_K_L") return isFalcon ? "Q4_K" : "Q5_K";
    if (q === "Q4_K_M" && isFalcon) {
      if (layer < Math.trunc(layerCount / 16)) return "Q6_K";
      return usesMoreBits(layer, layerCount) ? "Q5_K" : "Q4_K";
    }
    if ((q === "Q4_K_M" || q === "Q5_K_M") && usesMoreBits(layer, layerCount)) return "Q6_K";
    if (q === "Q4_K_S" && !isFalcon && layer < Math.trunc(layerCount / 8)) return "Q5_K";
    return standard;
  }

  /** Experts are not consecutive in the file, so with experts the layer is in the name; else the counter is the layer. */
  #layerOfFfnDown(name: string, index: number): number {
    if (this.#model.expertCount <= 1) return index;
    const layer = Number(/^blk\.(\d+)\./.exec(name)?.[1] ?? Number.NaN);
    if (layer < this.#model.blockCount) return layer;
    throw new AppError("gguf_invalid", `The tensor "${name}" belongs to no layer of the model.`, {
      hint: "The file is damaged or was made for another program: download it again.",
    });
  }

  #chooseAttentionOutput(standard: EncodableType): EncodableType {
    const q = this.#quantization;
    if (this.#model.architecture === "falcon") return q === "Q3_K_L" ? "Q4_K" : standard;
    if (this.#model.expertCount === 8) {
      const raised = ["Q2_K", "Q3_K_S", "Q3_K_M", "Q4_K_S", "Q4_K_M"].includes(q);
      return raised ? "Q5_K" : standard;
    }
    if (q === "Q2_K") return "Q3_K";
    if (q === "Q3_K_M") return "Q4_K";
    if (q === "Q3_K_L") return "Q5_K";
    return standard;
  }
}

/** tensor_get_category, without the categories that no rule for these quantizations tells apart. */
function categoryOf(name: string): Category {
  if (name === "output.weight") return "output";
  if (name === "token_embd.weight" || name === "per_layer_token_embd.weight") return "tokenEmbedding";
  // One tensor for queries, keys and values counts as values.
  if (["attn_qkv.weight", "attn_kv_b.weight", "attn_v.weight"].some((part) => name.includes(part)))
    return "attentionValue";
  if (name.includes("attn_k.weight")) return "attentionKey";
  if (name.includes("attn_q.weight")) return "other";
  if (name.includes("attn_output.weight")) return "attentionOutput";
  if (name.includes("ffn_up") || name.includes("ffn_gate")) return "other";
  return name.includes("ffn_down") ? "ffnDown" : "other";
}

function usesMoreBits(layer: number, layerCount: number): boolean {
  const eighth = Math.trunc(layerCount / 8);
  return layer < eighth || layer >= Math.trunc((7 * layerCount) / 8) || (layer - eighth) % 3 === 2;
}

function headsPerKvHead({ headCount, headCountKv }: QuantizedModel): number {
  return headCountKv === 0 ? 0 : Math.trunc(headCount / headCountKv);
}

/** The models that llama.cpp calls 70B (LLM_TYPE_70B in `src/models/*.cpp`): few, shared value heads. */
function is70B(model: QuantizedModel): boolean {
  const layers = model.blockCount - model.nextnLayerCount;
  switch (model.architecture) {
    case "llama":
    case "llama-embed":
      return layers === 80 && model.expertCount !== 8 && model.headCount !== model.headCountKv;
    case "qwen2":
    case "deci":
    case "olmo":
      return layers === 80;
    case "jais2":
      return layers === 68;
    default:
      return false;
  }
}

const fallbacks: Partial<Record<EncodableType, EncodableType>> = {
  Q2_K: "Q4_0",
  Q3_K: "Q4_0",
  Q4_K: "Q5_0",
  Q5_K: "Q5_1",
  Q6_K: "Q8_0",
};

/** Rows that are no whole number of blocks get a type with smaller blocks, in the end F16. */
function fallBack(wanted: EncodableType, columns: number): TensorTypeChoice {
  if (columns % ggmlTypes[wanted].blockValues === 0) return { type: wanted };
  const smaller = fallbacks[wanted] ?? wanted;
  const type = columns % ggmlTypes[smaller].blockValues === 0 ? smaller : "F16";
  return { type, insteadOf: wanted };
}

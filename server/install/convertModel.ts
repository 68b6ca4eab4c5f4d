import { AppError } from "../platform/AppError.js";
import type { Quantization } from "../protocol/install.js";
import {
  type ConvertedGguf,
  type ConvertOptions,
  convertToGguf,
  type LlamaModel,
  planGguf,
} from "../weights/convertToGguf.js";
import type { GgmlTypeName } from "../weights/ggmlTypes.js";
import { chooseTensorTypes } from "../weights/quantize/chooseTensorTypes.js";
import { QuantizerPool } from "../weights/quantize/QuantizerPool.js";
import { readQuantizedModel } from "../weights/quantize/readQuantizedModel.js";
import type { TensorEncoder } from "../weights/TensorEncoder.js";

export interface ConvertModelOptions
  extends Pick<ConvertOptions, "resumeAfter" | "keepPartial" | "signal" | "onProgress" | "onCheckpoint"> {
  threadCount: number;
}

/**
 * Converts and quantizes an opened checkpoint in one pass, each tensor to the type that llama.cpp's rules give it. Without a
 * `quantization` a model that is quantized already keeps its types. Throws what `convertToGguf` throws, `quantizer_unavailable`,
 * `quantizer_died`, and `bad_request` when a model that is not quantized has no quantization to go to.
 */
export async function convertModel(
  model: LlamaModel,
  path: string,
  quantization: Quantization | undefined,
  { threadCount, ...options }: ConvertModelOptions,
): Promise<ConvertedGguf> {
  const pool = QuantizerPool.start(threadCount);
  try {
    return await convertToGguf(model, path, { ...options, encoder: throughF16(pool), ...types(model, quantization) });
  } finally {
    await pool.close();
  }
}

const plainTypes = new Set<GgmlTypeName>(["F32", "F16", "BF16"]);

/**
 * Weights that shall be quantized become F16 first, as in the files that llama.cpp's quantizer is given: the result is the same byte for
 * byte, whatever the checkpoint's own type is. What that costs in precision is far below what quantizing costs.
 */
function throughF16(encoder: TensorEncoder): TensorEncoder {
  return {
    concurrency: encoder.concurrency,
    encode: async (block, type) => {
      if (plainTypes.has(type) || block.type === "F16") return await encoder.encode(block, type);
      return await encoder.encode({ ...block, type: "F16", bytes: await encoder.encode(block, "F16") }, type);
    },
  };
}

/** Names of the tensors in the order in which {@link convertModel} writes them. */
export function conversionOrder(model: LlamaModel, quantization: Quantization | undefined): string[] {
  return planGguf(model, types(model, quantization)).tensors.map((tensor) => tensor.name);
}

function types(
  model: LlamaModel,
  quantization: Quantization | undefined,
): Pick<ConvertOptions, "fileType" | "chooseTypes"> {
  if (quantization !== undefined && quantization !== model.fileType)
    return {
      fileType: quantization,
      chooseTypes: (tensors, metadata) =>
        chooseTensorTypes(
          // What the rules leave alone is F32 in every GGUF file: norms, biases, tables.
          tensors.map((tensor) => (tensor.shape.length > 1 ? tensor : { ...tensor, type: "F32" })),
          quantization,
          readQuantizedModel(metadata, model.name),
        ),
    };
  if (model.fileType !== undefined) return { fileType: model.fileType };
  throw new AppError("bad_request", `${model.name} is not quantized: say what to.`, {
    hint: "For instance --quantize Q4_K_M",
  });
}

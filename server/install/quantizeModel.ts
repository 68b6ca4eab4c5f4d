import type { Quantization } from "../protocol/install.js";
import { type ConvertedGguf, type ConvertOptions, convertToGguf, type LlamaModel } from "../weights/convertToGguf.js";
import { chooseTensorTypes } from "../weights/quantize/chooseTensorTypes.js";
import { QuantizerPool } from "../weights/quantize/QuantizerPool.js";
import { readQuantizedModel } from "../weights/quantize/readQuantizedModel.js";

export interface QuantizeModelOptions
  extends Pick<ConvertOptions, "resumeAfter" | "keepPartial" | "signal" | "onProgress" | "onCheckpoint"> {
  threadCount: number;
}

/**
 * Converts and quantizes an opened checkpoint in one pass, each tensor to the type that llama.cpp's rules give it.
 * Throws what `convertToGguf` throws, `quantizer_unavailable`, `quantizer_died`.
 */
export async function quantizeModel(
  model: LlamaModel,
  path: string,
  quantization: Quantization,
  { threadCount, ...options }: QuantizeModelOptions,
): Promise<ConvertedGguf> {
  const encoder = await QuantizerPool.start(threadCount);
  try {
    return await convertToGguf(model, path, {
      ...options,
      encoder,
      fileType: quantization,
      chooseTypes: (tensors, metadata) =>
        chooseTensorTypes(tensors, quantization, readQuantizedModel(metadata, model.name)),
    });
  } finally {
    await encoder.close();
  }
}

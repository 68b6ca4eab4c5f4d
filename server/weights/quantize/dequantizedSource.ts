import { AppError } from "../../platform/AppError.js";
import type { SourceTensor, TensorSource } from "../TensorSource.js";
import { isDecodable, loadGgmlNative } from "./ggmlNative.js";

/**
 * A source whose quantized tensors are read as F32, so that they can be quantized to something else: with what both
 * quantizations lose. Throws AppError `quantize_refused` for types that ggml cannot read, `quantizer_unavailable`.
 */
export function dequantizedSource(source: TensorSource): TensorSource {
  const tensors = new Map<string, SourceTensor>();
  for (const [name, tensor] of source.tensors) tensors.set(name, dequantized(tensor));
  return { tensors, close: () => source.close() };
}

function dequantized(tensor: SourceTensor): SourceTensor {
  const { name, type, shape } = tensor;
  if (type === "F32" || type === "F16" || type === "BF16") return tensor;
  if (!isDecodable(type))
    throw new AppError("quantize_refused", `The tensor "${name}" has the type ${type}.`, {
      hint: "Such values cannot be quantized: start from a file in F32, F16 or BF16.",
    });
  const columns = shape.at(-1) ?? 1;
  return {
    ...tensor,
    type: "F32",
    async readRows(firstRow, rowCount) {
      const values = new Float32Array(rowCount * columns);
      loadGgmlNative().toF32(type, await tensor.readRows(firstRow, rowCount), values, rowCount, columns);
      return new Uint8Array(values.buffer);
    },
  };
}

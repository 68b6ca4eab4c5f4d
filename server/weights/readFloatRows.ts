import { AppError } from "../platform/AppError.js";
import { isPlainType, toFloat32 } from "./floats/plainRows.js";
import type { SourceTensor } from "./TensorSource.js";

/** Rows of a tensor as single-precision numbers. Throws `checkpoint_invalid` when it is no tensor of plain weights. */
export async function readFloatRows(tensor: SourceTensor, firstRow: number, rowCount: number): Promise<Float32Array> {
  const { type, name } = tensor;
  if (!isPlainType(type))
    throw new AppError("checkpoint_invalid", `The tensor "${name}" holds values of the type ${type}.`, {
      hint: "Only F32, F16 and BF16 weights can be added to others.",
    });
  return toFloat32(type, await tensor.readRows(firstRow, rowCount));
}

/** Rows of a tensor, all its leading dimensions taken together; a vector is one row. */
export function countRows(shape: readonly number[]): number {
  return shape.slice(0, -1).reduce((product, length) => product * length, 1);
}

import { AppError } from "../../platform/AppError.js";
import type { GgmlTypeName } from "../ggmlTypes.js";
import { NotFiniteError, type RowBlock, type TensorEncoder } from "../TensorEncoder.js";
import { allFinite, fromFloat32, isPlainType, toFloat32 } from "./plainRows.js";

/** Reads and writes F32, F16 and BF16 without native code; other types only stay as they are. */
export const plainEncoder: TensorEncoder = {
  concurrency: 1,
  encode: (block, type) => {
    try {
      return Promise.resolve(encodePlain(block, type));
    } catch (error) {
      return Promise.reject(error);
    }
  },
};

function encodePlain({ type: from, bytes }: RowBlock, to: GgmlTypeName): Uint8Array {
  if (from === to && !isPlainType(from)) return bytes;
  if (!isPlainType(from) || !isPlainType(to))
    throw new AppError("checkpoint_invalid", `Values of the type ${from} cannot be made ${to} without quantizing.`, {
      hint: "Only F32, F16 and BF16 weights can be converted into each other.",
    });
  if (!allFinite(from, bytes)) throw new NotFiniteError();
  if (from === to) return bytes;
  const encoded = fromFloat32(to, toFloat32(from, bytes));
  if (to !== "F32" && !allFinite(to, encoded)) throw new NotFiniteError();
  return encoded;
}

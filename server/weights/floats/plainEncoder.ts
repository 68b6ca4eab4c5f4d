import type { GgmlTypeName } from "../ggmlTypes.js";
import { NotFiniteError, type RowBlock, type TensorEncoder } from "../TensorEncoder.js";
import { allFinite, fromFloat32, isPlainType, toFloat32 } from "./plainRows.js";

/** Writes F32, F16 and BF16 without native code. */
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
  if (!isPlainType(to)) throw new Error(`the plain encoder cannot make ${to}`);
  if (!allFinite(from, bytes)) throw new NotFiniteError();
  if (from === to) return bytes;
  const encoded = fromFloat32(to, toFloat32(from, bytes));
  if (to !== "F32" && !allFinite(to, encoded)) throw new NotFiniteError();
  return encoded;
}

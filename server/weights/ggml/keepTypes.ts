import type { GgmlTypeName } from "../ggmlTypes.js";
import type { GgufTensorSpec } from "../gguf/encodeGgufHeader.js";

/** For convertToGguf's `chooseTypes`: every tensor keeps the type it has, so quantized blocks are only repacked. */
export function keepTypes(tensors: readonly GgufTensorSpec[]): Map<string, { readonly type: GgmlTypeName }> {
  return new Map(tensors.map(({ name, type }) => [name, { type }]));
}

import type { ConvertOptions } from "../convertToGguf.js";
import { chooseTensorTypes } from "./chooseTensorTypes.js";
import type { QuantizationType } from "./quantizationTypes.js";
import { readQuantizedModel } from "./readQuantizedModel.js";

/** For convertToGguf's `chooseTypes`: the types that quantizing an F16 file of the same model would give. */
export function chooseTypesFor(quantization: QuantizationType): NonNullable<ConvertOptions["chooseTypes"]> {
  return (tensors, metadata) => chooseTensorTypes(tensors, quantization, readQuantizedModel(metadata, "model"));
}

import type { GgmlTypeName } from "../ggmlTypes.js";
import { type GgufFileType, ggufFileTypeById } from "../gguf/fileTypes.js";
import { ggmlError } from "./ggmlError.js";
import type { GgmlTensorInfo } from "./readGgmlTensors.js";

/** Q4_1 with F16 embeddings, as converters of GPTQ models wrote it; its number means nothing in GGUF. */
const q41SomeF16 = 4;

/** The tensor type that a file type is named after: "Q4_K_M" is mostly Q4_K. */
function mainType(fileType: GgufFileType): string {
  return fileType.replace(/_[SML]$/, "");
}

/**
 * What the file is quantized to. Throws `ggml_invalid` when the number is none of that time, or when no tensor of the file
 * has that type.
 */
export function ggmlFileType(number: number, tensors: Iterable<GgmlTensorInfo>, fileName: string): GgufFileType {
  const fileType = number === q41SomeF16 ? "Q4_1" : ggufFileTypeById(number);
  // 18 is Q6_K, the last one before GGUF.
  if (fileType === undefined || number > 18)
    throw ggmlError(fileName, `it says that it is quantized to number ${number}, which does not exist`);
  const types = new Set<GgmlTypeName>();
  for (const { type, shape } of tensors) if (shape.length === 2) types.add(type);
  if ([...types].some((type) => type === mainType(fileType))) return fileType;
  throw ggmlError(fileName, `it says that it is ${fileType}, but its tensors are ${[...types].sort().join(", ")}`);
}

import { AppError } from "../../platform/AppError.js";

/** `problem` ends the sentence `"NAME" is not a valid ggml file: …` */
export function ggmlError(name: string, problem: string, hint?: string): AppError {
  return new AppError("ggml_invalid", `"${name}" is not a valid ggml file: ${problem}.`, {
    hint: hint ?? "The file is damaged or was cut off: download it again and compare its checksum.",
  });
}

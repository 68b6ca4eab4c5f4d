import { AppError } from "../../platform/AppError.js";

export function tokenizerError(fileName: string, problem: string, hint?: string): AppError {
  return new AppError("tokenizer_invalid", `"${fileName}" ${problem}.`, {
    hint: hint ?? "The file is damaged or was cut off: download it again.",
  });
}

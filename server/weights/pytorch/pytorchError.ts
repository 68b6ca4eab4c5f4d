import { AppError } from "../../platform/AppError.js";

/** `problem` ends the sentence `"NAME" is not a valid PyTorch checkpoint: …` */
export function pytorchError(name: string, problem: string, hint?: string): AppError {
  return new AppError("pytorch_invalid", `"${name}" is not a valid PyTorch checkpoint: ${problem}.`, {
    hint: hint ?? "The file is damaged or was cut off: download it again and compare its checksum.",
  });
}

/** `what` ends the sentence `"NAME" was refused: it …` */
export function pickleRefused(name: string, what: string): AppError {
  return new AppError(
    "pickle_refused",
    `"${name}" was refused: it ${what}, which weights do not need. Nothing was run.`,
    {
      hint: "Do not use this file. Look for the model's safetensors or GGUF files, which cannot hold programs.",
    },
  );
}

import type { AppError } from "../../platform/AppError.js";

/** An error in Ollama's shape: one text. */
export function toOllamaError({ message, hint }: AppError): { error: string } {
  return { error: hint === undefined ? message : `${message} ${hint}` };
}

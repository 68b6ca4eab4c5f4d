import type { AppError } from "../platform/AppError.js";
import { isLostOpenAiPath } from "./lostHint.js";
import { toOllamaError } from "./ollama/ollamaError.js";
import { isOllamaPath } from "./ollama/ollamaPaths.js";
import { toOpenAiError } from "./openai/openAiError.js";

/** An error in the shape that the clients of this address know, also one that comes before their routes are reached. */
export function errorBody(path: string, error: AppError): object {
  if (/^\/v1(\/|$)/.test(path) || isLostOpenAiPath(path)) return toOpenAiError(error);
  if (isOllamaPath(path)) return toOllamaError(error);
  return { error: error.toInfo() };
}

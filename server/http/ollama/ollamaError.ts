import type { ErrorRequestHandler } from "express";
import { AppError } from "../../platform/AppError.js";
import type { Logger } from "../../platform/logger.js";
import { bodyError } from "../readJsonBody.js";

/** An error in Ollama's shape: one text. */
export function toOllamaError({ message, hint }: AppError): { error: string } {
  return { error: hint === undefined ? message : `${message} ${hint}` };
}

/** The last handler of the Ollama routes. */
export function answerOllamaError(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    const error = AppError.from(bodyError(thrown));
    if (error.code === "internal")
      logger.error({ path: request.path, error: String(error.cause) }, "a request to the API failed");
    if (response.headersSent) next(thrown);
    else response.status(error.httpStatus).json(toOllamaError(error));
  };
}

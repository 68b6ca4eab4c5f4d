import type { z } from "zod";
import type { AppError } from "../../platform/AppError.js";
import type { openAiErrorSchema } from "./responseSchemas.js";

/**
 * An error in OpenAI's shape.
 * Source: https://platform.openai.com/docs/guides/error-codes
 */
export type OpenAiError = z.infer<typeof openAiErrorSchema>;

/** `messages.0.content` as OpenAI writes it: `messages[0].content`. */
function parameterName(field: string): string {
  return field.replace(/\.(\d+)(?=\.|$)/g, "[$1]");
}

export function toOpenAiError(error: AppError): OpenAiError {
  const { code, message, hint, field, httpStatus } = error;
  const type =
    httpStatus === 429 ? "rate_limit_exceeded" : httpStatus >= 500 ? "server_error" : "invalid_request_error";
  return {
    error: {
      message: hint === undefined ? message : `${message} ${hint}`,
      type,
      param: field === undefined ? null : (openAiNames.get(field) ?? parameterName(field)),
      code: openAiCodes.get(code) ?? code,
    },
  };
}

/** Fields whose names inside Cria differ. */
const openAiNames = new Map([
  ["modelId", "model"],
  ["jsonSchema", "response_format"],
]);

/** Where OpenAI has a code of its own for the same thing. */
const openAiCodes = new Map<string, string>([
  ["context_full", "context_length_exceeded"],
  ["bad_request", "invalid_value"],
]);

import { AppError } from "../platform/AppError.js";

/** A grammar or JSON schema that cannot be used: `bad_request`, with the request's field. */
export function grammarError(field: "grammar" | "jsonSchema", message: string, hint?: string): AppError {
  return new AppError("bad_request", message, { field, ...(hint === undefined ? {} : { hint }) });
}

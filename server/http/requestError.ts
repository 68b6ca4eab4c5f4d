import { AppError } from "../platform/AppError.js";

/**
 * What Express, its router and its body parser threw at a request that they could not read, as an AppError; anything else as it is.
 * Source of the types: body-parser's README, "Errors".
 */
export function requestError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AppError) return error;
  switch ("type" in error ? error.type : undefined) {
    case "entity.too.large": {
      const limitBytes = "limit" in error && typeof error.limit === "number" ? error.limit : undefined;
      const limit = limitBytes === undefined ? "what is taken" : `${Math.floor(limitBytes / 1024)} kB`;
      return new AppError("body_too_large", `The body has more than ${limit}.`, {
        hint: "Send less text at once.",
        cause: error,
      });
    }
    case "encoding.unsupported":
      return new AppError("unsupported_media_type", "A compressed body is not read.", {
        hint: "Send it without Content-Encoding.",
        cause: error,
      });
    case "charset.unsupported":
      return new AppError("unsupported_media_type", "The body must be UTF-8.", { cause: error });
    case "entity.parse.failed":
      return new AppError("bad_request", `The body is not valid JSON: ${error.message}.`, { cause: error });
    case "request.aborted":
    case "request.size.invalid":
    case "stream.encoding.set":
      return new AppError("bad_request", "The body did not arrive whole.", { cause: error });
  }
  const status = "status" in error ? error.status : undefined;
  if (status === 404)
    return new AppError("not_found", "There is nothing at this address.", { hint: "The page is at /." });
  if (typeof status === "number" && status >= 400 && status < 500)
    return new AppError("bad_request", "The request cannot be read.", { cause: error });
  return error;
}

import express, { type RequestHandler } from "express";
import { AppError } from "../platform/AppError.js";

/** A long conversation with all its messages fits; a file does not belong here. */
export const maxBodyBytes = 8 * 1024 * 1024;

const refuseOtherTypes: RequestHandler = (request, _response, next) => {
  // A form or plain text could be sent by a page of another site without the browser asking first ([T3]).
  if (request.is("application/json") === false)
    throw new AppError("unsupported_media_type", "The body must be JSON.", {
      hint: "Send the header Content-Type: application/json.",
    });
  next();
};

/** Reads a JSON body: no other type, no compression (so that a small body cannot become a huge one), bounded in size. */
export const readJsonBody: readonly RequestHandler[] = [
  refuseOtherTypes,
  express.json({ limit: maxBodyBytes, inflate: false, strict: true }),
];

/** What went wrong while a body was read, as an AppError; anything else as it is. Source of the types: body-parser's README. */
export function bodyError(error: unknown): unknown {
  if (!(error instanceof Error) || !("type" in error)) return error;
  switch (error.type) {
    case "entity.too.large":
      return new AppError("body_too_large", `The body has more than ${maxBodyBytes / 1024 / 1024} MB.`, {
        hint: "Send less text at once.",
        cause: error,
      });
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
    default:
      return error;
  }
}

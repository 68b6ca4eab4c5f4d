import express, { type RequestHandler } from "express";
import { AppError } from "../platform/AppError.js";
import { maxValues, verifyJsonShape } from "./checkJsonShape.js";

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

/** Reads a JSON body: no other type, no compression (so that a small body cannot become a huge one), bounded in size and shape. */
export const readJsonBody: readonly RequestHandler[] = [
  refuseOtherTypes,
  express.json({ limit: maxBodyBytes, inflate: false, strict: true, verify: verifyJsonShape(maxValues.request) }),
];

import type { IncomingHttpHeaders } from "node:http";
import type { RequestHandler } from "express";
import { AppError } from "../platform/AppError.js";
import type { OriginCheck } from "./OriginCheck.js";

const readingMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * What every request has to pass before anything looks at it: it comes from our own page or from a program, under a name of this
 * server ([T1], [T2]); and if it may change something, in a form that no page of another site can send without being asked first:
 * as JSON, or with a header of its own ([T3]).
 */
export function requireOwnRequest(origins: OriginCheck): RequestHandler {
  return (request, _response, next) => {
    if (!origins.allows(request))
      throw new AppError("forbidden_origin", "This server answers only its own page and programs.", {
        hint: "Open the address that the server printed. Another name for it is made known with --allowed-host NAME.",
      });
    if (!readingMethods.has(request.method) && !isDeliberate(request.headers))
      throw new AppError("forbidden_origin", "This request could come from a form of another site.", {
        hint: "Send JSON with the header Content-Type: application/json, or else the header X-Cria: 1.",
      });
    next();
  };
}

function isDeliberate(headers: IncomingHttpHeaders): boolean {
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "";
  return type === "application/json" || headers["x-cria"] !== undefined;
}

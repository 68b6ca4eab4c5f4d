import { join } from "node:path";
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Router } from "express";
import type { AccessControl } from "../access/AccessControl.js";
import type { TrustedProxies } from "../access/clientAddress.js";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import { answerInTurn } from "./answerInTurn.js";
import { authorizeRequest } from "./authorizeRequest.js";
import { answerUnauthorized, createLoginRouter } from "./createLoginRouter.js";
import { cutUnread } from "./cutUnread.js";
import { errorBody } from "./errorBody.js";
import { lostHint } from "./lostHint.js";
import { notFoundPage, notFoundScript, opensPage } from "./notFoundPage.js";
import type { OriginCheck } from "./OriginCheck.js";
import { requestError } from "./requestError.js";
import { requireOwnRequest } from "./requireOwnRequest.js";

/** `starting`: the port is taken but nothing is served yet. */
export type Health = "starting" | "ready" | "closing";

export interface HttpOptions {
  /** The built page. */
  webPath: string;
  origins: OriginCheck;
  access: AccessControl;
  trusted: TrustedProxies;
  health(): Health;
  /** What answers beside the page, in this order. */
  routers: readonly Router[];
  logger: Logger;
}

/** What the page may do, and nothing else ([T20]). Styles set by script go through the CSSOM, which this allows. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    "Content-Security-Policy": contentSecurityPolicy,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
  });
  next();
};

/**
 * The Express app: health, the page, and JSON errors for everything else. Beside health and the way to log in, nothing is reached
 * but through the access control.
 */
export function createHttpApp({ webPath, origins, access, trusted, health, routers, logger }: HttpOptions): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use(answerInTurn, cutUnread());
  app.use(securityHeaders);
  app.use(requireOwnRequest(origins));

  app.get("/health", (_request, response) => {
    const status = health();
    response.status(status === "ready" ? 200 : 503).json({ status });
  });

  app.use(createLoginRouter(access, trusted));
  app.use(authorizeRequest(access, trusted));

  for (const router of routers) app.use(router);

  // Files with a hash in their name never change; the page itself is asked for anew every time.
  app.use("/assets", express.static(join(webPath, "assets"), { immutable: true, maxAge: "1y", fallthrough: false }));
  app.use(express.static(webPath, { index: false, redirect: false, cacheControl: true, maxAge: 0 }));
  app.get(["/", "/c/:conversationId", "/models", "/completion", "/compare", "/server"], (request, response, next) => {
    // A program that left out /v1 would take the page for a list of models.
    if (request.accepts(["html", "json"]) === "json") return next();
    response.vary("Accept").set("Cache-Control", "no-cache").sendFile(join(webPath, "index.html"));
  });

  app.get("/not-found.js", (_request, response) => {
    response.type("text/javascript").set("Cache-Control", "no-cache").send(notFoundScript);
  });
  app.use((request) => {
    throw new AppError("not_found", "There is nothing at this address.", { hint: lostHint(request.path) });
  });
  app.use(answerUnauthorized);
  app.use(answerMistypedAddress);
  app.use(answerError(logger));
  return app;
}

/** People get a page with the way back. */
const answerMistypedAddress: ErrorRequestHandler = (error: unknown, request, response, next) => {
  const { code, httpStatus } = AppError.from(requestError(error));
  // An address that cannot be read, with half an escape in it, is as mistyped as one that leads nowhere.
  if (response.headersSent || !["not_found", "bad_request"].includes(code) || !opensPage(request)) return next(error);
  response.vary("Accept").vary("Sec-Fetch-Mode").set("Cache-Control", "no-store");
  response.status(httpStatus).type("html").send(notFoundPage);
};

/** Every error leaves as `{error: {code, message, hint}}`, or in its interface's shape, with the status of its code. */
function answerError(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const known = AppError.from(requestError(error));
    if (known.code === "internal") logger.error({ path: request.path, error: String(known.cause) }, "a request failed");
    // Clients of OpenAI's wait as long as this says, and guess where nothing does. Source: RFC 9110, 10.2.3.
    if (known.retryAfterMs !== undefined) response.set("Retry-After", String(Math.ceil(known.retryAfterMs / 1000)));
    response.status(known.httpStatus).json(errorBody(request.path, known));
  };
}

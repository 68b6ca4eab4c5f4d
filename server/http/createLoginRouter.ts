import express, { type ErrorRequestHandler, type Request, type Response, Router } from "express";
import { z } from "zod";
import type { AccessControl } from "../access/AccessControl.js";
import { clientAddress, isEncrypted, type TrustedProxies } from "../access/clientAddress.js";
import { cookieName } from "../access/readCredential.js";
import { AppError } from "../platform/AppError.js";
import { loginPage, loginScript } from "./loginPage.js";
import { opensPage } from "./notFoundPage.js";
import { comesFromElsewhere } from "./OriginCheck.js";
import { parseBody } from "./parseBody.js";
import { standaloneStyle } from "./standalonePage.js";

const cookieAgeSeconds = 90 * 24 * 3600;
const loginSchema = z.strictObject({ token: z.string().min(1).max(512) });

/**
 * The ways to a session. A link with `?token=` (from the QR code) is answered with a redirect that takes the token out of the
 * address and puts it into a cookie which no script can read ([T4]); `POST /login` does the same for the login page.
 */
export function createLoginRouter(access: AccessControl, trusted: TrustedProxies): Router {
  const setCookie = (request: Request, response: Response, token: string) =>
    response.cookie(cookieName(request.socket.localPort), token, {
      httpOnly: true,
      sameSite: "strict",
      secure: isEncrypted(request, trusted),
      path: "/",
      maxAge: cookieAgeSeconds * 1000,
      // As it stands: a token has no character that a cookie cannot hold.
      encode: String,
    });

  const router = Router();
  router.get(["/", "/c/:conversationId"], (request, response, next) => {
    if (!Object.hasOwn(request.query, "token")) {
      next();
      return;
    }
    const { token } = request.query;
    response.set("Cache-Control", "no-store");
    // A page of another site must not be able to log somebody in under a token of its own choice.
    if (access.required && typeof token === "string" && !comesFromElsewhere(request))
      try {
        access.authorize(token, clientAddress(request, trusted));
        setCookie(request, response, token);
      } catch (error) {
        if (AppError.from(error).code !== "unauthorized") throw error;
      }
    response.redirect(303, request.path);
  });
  router.post("/login", express.json({ limit: 4096, inflate: false }), (request, response) => {
    const { token } = parseBody(loginSchema, request.body, 'Send {"token": "…"}.');
    access.authorize(token, clientAddress(request, trusted));
    if (access.required) setCookie(request, response, token);
    response.status(204).end();
  });
  router.post("/logout", (request, response) => {
    response.clearCookie(cookieName(request.socket.localPort), { httpOnly: true, sameSite: "strict", path: "/" });
    // Drafts and unsent files of whoever leaves; a browser does it for `https:` and its own machine alone.
    response.set("Clear-Site-Data", '"storage"').status(204).end();
  });
  router.get("/login.js", (_request, response) => {
    response.type("text/javascript").set("Cache-Control", "no-cache").send(loginScript);
  });
  router.get("/standalone.css", (_request, response) => {
    response.type("text/css").set("Cache-Control", "no-cache").send(standaloneStyle);
  });
  return router;
}

/** In the place of a page, the login page; for programs, the headers that such an error has. */
export const answerUnauthorized: ErrorRequestHandler = (error: unknown, request, response, next) => {
  const code = error instanceof AppError ? error.code : undefined;
  if (code !== "unauthorized" || response.headersSent) {
    next(error);
    return;
  }
  response.status(401).set({ "WWW-Authenticate": 'Bearer realm="cria"', "Cache-Control": "no-store" });
  // The page's own addresses are nothing else to anybody.
  const isPage = request.method === "GET" && /^\/(c\/[^/]*)?$/.test(request.path);
  if (isPage || opensPage(request)) response.vary("Accept").vary("Sec-Fetch-Mode").type("html").send(loginPage);
  else next(error);
};

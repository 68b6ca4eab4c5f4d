import type { IncomingMessage, ServerResponse } from "node:http";
import type { Request, RequestHandler } from "express";
import type { AccessControl } from "../access/AccessControl.js";
import { clientAddress, type TrustedProxies } from "../access/clientAddress.js";
import type { Principal } from "../access/Principal.js";
import { readCredential } from "../access/readCredential.js";
import { AppError } from "../platform/AppError.js";

const principals = new WeakMap<IncomingMessage, Principal>();

/** Who sent a request that {@link authorizeRequest} has let through. */
export function principalOf(request: IncomingMessage): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new AppError("internal", "A route lies before the access control.");
  return principal;
}

/**
 * Lets a request through when its token counts, and cuts its answer off, however long it streams, when that token is revoked.
 * Throws `unauthorized` or `too_many_requests`.
 */
export function authorizeRequest(access: AccessControl, trusted: TrustedProxies): RequestHandler {
  const answering = new Map<string, Set<ServerResponse>>();
  access.onRevoked((principalId) => {
    for (const response of answering.get(principalId) ?? []) response.destroy();
  });
  return (request, response, next) => {
    const principal = access.authorize(shownToken(request), clientAddress(request, trusted));
    principals.set(request, principal);
    const own = answering.get(principal.id) ?? new Set();
    answering.set(principal.id, own.add(response));
    response.once("close", () => {
      own.delete(response);
      if (own.size === 0 && answering.get(principal.id) === own) answering.delete(principal.id);
    });
    next();
  };
}

function shownToken(request: Request): string | undefined {
  return readCredential({ headers: request.headers, port: request.socket.localPort });
}

import type { IncomingHttpHeaders } from "node:http";

/** What somebody shows to get in; the ways to show it are alike, and where several are given the first of these counts. */
export interface CredentialSource {
  headers: IncomingHttpHeaders;
  /** The payload of a socket's connect packet: `{token}`. */
  auth?: unknown;
  /** Cookies are shared by all ports of a host, so each server has a name of its own for its. */
  port: number | undefined;
}

/** The longest text that is looked at as a token. */
const maxTokenLength = 512;

export function cookieName(port: number | undefined): string {
  return `cria_token_${port ?? 0}`;
}

/** The token that a caller shows: `Authorization: Bearer`, a socket's `auth`, or the cookie; undefined: none at all. */
export function readCredential({ headers, auth, port }: CredentialSource): string | undefined {
  const { authorization } = headers;
  // Any other scheme is a credential too, only a wrong one: it must not fall back on the cookie.
  if (authorization !== undefined) return bounded(/^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? "");
  if (typeof auth === "object" && auth !== null && "token" in auth && typeof auth.token === "string")
    return bounded(auth.token);
  return readCookie(headers.cookie, cookieName(port));
}

function bounded(token: string): string {
  return token.length > maxTokenLength ? "" : token;
}

function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? "").split(";")) {
    const equals = pair.indexOf("=");
    if (equals > 0 && pair.slice(0, equals).trim() === name) return bounded(pair.slice(equals + 1).trim());
  }
  return undefined;
}

import type { IncomingHttpHeaders } from "node:http";

/** A request as far as its origin goes. `rawHeaders`: names and values in turn, as they came. */
export interface CheckedRequest {
  method?: string | undefined;
  headers: IncomingHttpHeaders;
  rawHeaders?: readonly string[];
}

export interface OriginOptions {
  /** What the server is bound to. */
  host: string;
  /** Names beside the usual ones under which it may be asked for, in lower case, without ports. */
  allowedHosts?: readonly string[];
}

/**
 * Which requests come from a page of ours or from a program. A browser sends `Host` and `Origin` truthfully, so checking them
 * stops pages of other sites, also those whose name was rebound to this address ([T1], [T2], [T3]). It holds whatever the server
 * is bound to, and says nothing about who asks: that is the access control's.
 */
export class OriginCheck {
  readonly #hosts: ReadonlySet<string>;
  /** A wildcard address takes any literal address as Host, but no foreign name. */
  readonly #anyAddress: boolean;

  constructor({ host, allowedHosts = [] }: OriginOptions) {
    this.#anyAddress = host === "0.0.0.0" || host === "::";
    this.#hosts = new Set(["127.0.0.1", "localhost", "[::1]", bracketed(host.toLowerCase()), ...allowedHosts]);
  }

  allows(request: CheckedRequest): boolean {
    return this.#allowsHost(request) && this.#allowsOrigin(request);
  }

  /**
   * As {@link allows}, for a socket's handshake. One with a cookie comes from a browser, which names its origin or says that it is
   * the same; a page of ours may also send a header that others cannot.
   */
  allowsSocket(request: CheckedRequest): boolean {
    const { cookie, origin, "sec-fetch-site": site, "x-cria": own } = request.headers;
    if (cookie !== undefined && origin === undefined && site !== "same-origin" && own === undefined) return false;
    return this.allows(request);
  }

  #allowsHost({ headers, rawHeaders }: CheckedRequest): boolean {
    const { host } = headers;
    if (host === undefined || count(rawHeaders, "host") > 1) return false;
    // Browsers send names in lower case and without a trailing dot; anything else is somebody who tries.
    const name = /^(\[[0-9a-f:.]+\]|[^:[\]/@]+)(:\d{1,5})?$/.exec(host)?.[1];
    if (name === undefined) return false;
    return (
      this.#hosts.has(name) || (this.#anyAddress && (/^\d{1,3}(\.\d{1,3}){3}$/.test(name) || name.startsWith("[")))
    );
  }

  #allowsOrigin({ method, headers, rawHeaders }: CheckedRequest): boolean {
    const { origin, host, "sec-fetch-site": site } = headers;
    if (count(rawHeaders, "origin") > 1) return false;
    // A link that somebody follows to the page is the one thing that another site may start.
    if ((site === "cross-site" || site === "same-site") && !isFollowedLink(method, headers)) return false;
    if (origin === undefined) return true;
    try {
      const own = new URL(origin);
      return (own.protocol === "http:" || own.protocol === "https:") && own.origin === origin && own.host === host;
    } catch {
      return false;
    }
  }
}

function isFollowedLink(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return method === "GET" && headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
}

/** Another site has to do with this request: nothing that it carries may be taken for the user's wish. */
export function comesFromElsewhere({ headers }: CheckedRequest): boolean {
  const site = headers["sec-fetch-site"];
  return site === "cross-site" || site === "same-site";
}

function count(rawHeaders: readonly string[] | undefined, name: string): number {
  let found = 0;
  for (let index = 0; index < (rawHeaders?.length ?? 0); index += 2)
    if (rawHeaders?.[index]?.toLowerCase() === name) found++;
  return found;
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

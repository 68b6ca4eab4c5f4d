import type { IncomingHttpHeaders } from "node:http";

/**
 * Which requests come from a page of ours or from a program on this machine. A browser sends `Host` and `Origin` truthfully, so
 * checking them stops pages of other sites, also those whose name was rebound to this address ([T1], [T2]).
 */
export class OriginCheck {
  readonly #hosts: ReadonlySet<string>;
  readonly #anyHost: boolean;

  /** `host`: what the server is bound to. A wildcard address takes any literal address as Host, but no foreign name. */
  constructor(host: string) {
    this.#anyHost = host === "0.0.0.0" || host === "::";
    this.#hosts = new Set(["127.0.0.1", "localhost", "[::1]", bracketed(host.toLowerCase())]);
  }

  /** The one Host header names this server. */
  allowsHost(headers: IncomingHttpHeaders): boolean {
    const host = headers.host;
    if (host === undefined) return false;
    const name = /^(\[[0-9a-f:.]+\]|[^:[\]/@]+)(:\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase();
    if (name === undefined) return false;
    return this.#hosts.has(name) || (this.#anyHost && (/^\d{1,3}(\.\d{1,3}){3}$/.test(name) || name.startsWith("[")));
  }

  /** No Origin (a program) or the server's own. */
  allowsOrigin(headers: IncomingHttpHeaders): boolean {
    const site = headers["sec-fetch-site"];
    if (site === "cross-site") return false;
    const origin = headers.origin;
    if (origin === undefined) return true;
    try {
      const { protocol, host } = new URL(origin);
      return (protocol === "http:" || protocol === "https:") && host === headers.host?.toLowerCase();
    } catch {
      return false;
    }
  }

  allows(headers: IncomingHttpHeaders): boolean {
    return this.allowsHost(headers) && this.allowsOrigin(headers);
  }
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

import { lookup as resolveName } from "node:dns";
import type { LookupFunction } from "node:net";
import { Agent, type Dispatcher, request } from "undici";
import { AppError } from "../../platform/AppError.js";
import { type NetworkPolicy, privateAddress } from "./NetworkPolicy.js";

const maxRedirects = 5;
const redirectStatuses = new Set([301, 302, 303, 307, 308]);

export interface HttpRequest {
  url: URL;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface HttpResponse {
  /** Where the answer came from, after redirects. */
  url: URL;
  status: number;
  headers: Record<string, string>;
  /** Headers of the redirects on the way, first hop first: the hub puts a file's checksum and commit there. */
  redirectHeaders: Record<string, string>[];
  body: Dispatcher.ResponseData["body"];
}

export interface HttpClientOptions {
  policy: NetworkPolicy;
  /** Sent to the hub itself and to nobody else. */
  token?: string | undefined;
  userAgent: string;
  connectTimeoutMs?: number;
  headersTimeoutMs?: number;
}

/**
 * HTTP for the installer: every address, every redirect and every resolved name is checked against the policy; the token goes to the
 * hub's own origin only. Network failures are thrown as the errors that undici gives; see `networkError`.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #agent: Agent;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#agent = new Agent({
      connect: { timeout: options.connectTimeoutMs ?? 15_000, lookup: checkedLookup(options.policy) },
      headersTimeout: options.headersTimeoutMs ?? 30_000,
      // Watched by StallGuard, which also sees a trickle.
      bodyTimeout: 0,
      connections: 16,
      pipelining: 1,
    });
  }

  /** Throws `download_refused` when the address, or one it leads to, is not allowed. */
  async get(options: HttpRequest): Promise<HttpResponse> {
    const { policy, token, userAgent } = this.#options;
    const redirectHeaders: Record<string, string>[] = [];
    let url = options.url;
    for (let hop = 0; hop <= maxRedirects; hop++) {
      policy.checkUrl(url);
      const answer = await request(url, {
        dispatcher: this.#agent,
        headers: {
          ...options.headers,
          "user-agent": userAgent,
          "accept-encoding": "identity",
          ...(token !== undefined && url.origin === policy.endpoint.origin ? { authorization: `Bearer ${token}` } : {}),
        },
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      const headers = flatten(answer.headers);
      const location = headers.location;
      if (!redirectStatuses.has(answer.statusCode) || location === undefined) {
        // Undici hands the stream over before anybody listens; without this an abort in between ends the process.
        answer.body.on("error", () => {});
        return { url, status: answer.statusCode, headers, redirectHeaders, body: answer.body };
      }
      redirectHeaders.push(headers);
      await answer.body.dump();
      url = parseLocation(location, url);
    }
    throw new AppError("download_failed", `${options.url.host} sends the download round in circles.`, {
      hint: "Try again later, or choose another source.",
    });
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** Resolves a name and keeps only the addresses that the policy allows, so that what was checked is what is connected to. */
function checkedLookup(policy: NetworkPolicy): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      const allowed = error === null ? addresses.filter(({ address }) => policy.allowsAddress(hostname, address)) : [];
      const [first] = allowed;
      if (error !== null) callback(error, "");
      else if (first === undefined) callback(privateAddress(hostname), "");
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  return flat;
}

function parseLocation(location: string, base: URL): URL {
  try {
    return new URL(location, base);
  } catch (cause) {
    throw new AppError("download_failed", `${base.host} redirects to something that is no address.`, { cause });
  }
}

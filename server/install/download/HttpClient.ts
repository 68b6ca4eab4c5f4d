import { lookup as resolveName } from "node:dns";
import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from "undici";
import { AppError } from "../../platform/AppError.js";
import { type NetworkPolicy, privateAddress } from "./NetworkPolicy.js";
import { type ProxySettings, proxyError } from "./ProxySettings.js";

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
  /** Left out: every host is reached directly. */
  proxy?: ProxySettings | undefined;
  connectTimeoutMs?: number;
  headersTimeoutMs?: number;
}

/**
 * HTTP for the installer: every address, every redirect and every resolved name is checked against the policy; the token goes to the
 * hub's own origin only. Behind a proxy it is the proxy that resolves names. Network failures are thrown as the errors that undici
 * gives; see `networkError`.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #agent: Dispatcher;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    const timeout = options.connectTimeoutMs ?? 15_000;
    const direct = { connect: { timeout, lookup: checkedLookup(options.policy) }, connections: 16, pipelining: 1 };
    this.#agent = options.proxy === undefined ? new Agent(direct) : throughProxy(options.proxy, direct, timeout);
  }

  /** Throws `download_refused` when the address, or one it leads to, is not allowed. */
  async get(options: HttpRequest): Promise<HttpResponse> {
    const { policy, token, userAgent, proxy, headersTimeoutMs = 30_000 } = this.#options;
    const redirectHeaders: Record<string, string>[] = [];
    let url = options.url;
    for (let hop = 0; hop <= maxRedirects; hop++) {
      policy.checkUrl(url);
      if (proxy !== undefined && policy.isExplicit(url)) await refusePrivateName(url.hostname, policy);
      const answer = await request(url, {
        dispatcher: this.#agent,
        headersTimeout: headersTimeoutMs,
        // Watched by StallGuard, which also sees a trickle.
        bodyTimeout: 0,
        headers: {
          ...options.headers,
          "user-agent": userAgent,
          "accept-encoding": "identity",
          ...(token !== undefined && url.origin === policy.endpoint.origin ? { authorization: `Bearer ${token}` } : {}),
        },
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      }).catch((error: unknown) => {
        throw proxy === undefined ? error : proxyError(error, proxy);
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

/** Requests for `http:` addresses are handed to the proxy whole, as curl does it; those for `https:` go through a tunnel. */
function throughProxy(proxy: ProxySettings, direct: Agent.Options, timeout: number): Dispatcher {
  return new EnvHttpProxyAgent({
    ...direct,
    // An empty text: none, whatever the process's own environment says.
    httpProxy: proxy.httpProxy?.href ?? "",
    httpsProxy: proxy.httpsProxy?.href ?? "",
    noProxy: proxy.noProxy,
    proxyTunnel: false,
    proxyTls: { timeout },
  });
}

/** What has a private address here is private for the proxy too; a name that only the proxy can resolve is left to it. */
async function refusePrivateName(hostname: string, policy: NetworkPolicy): Promise<void> {
  const addresses = await lookup(hostname, { all: true }).catch(() => []);
  if (addresses.length > 0 && !addresses.some(({ address }) => policy.allowsAddress(hostname, address)))
    throw privateAddress(hostname);
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

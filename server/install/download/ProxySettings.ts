import { AppError } from "../../platform/AppError.js";
import { TransientError } from "../../platform/retry.js";

/** In lower case too, which wins, as in curl and everywhere else. */
export const proxyVariables = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((name) => [name.toLowerCase(), name]);

/** Hosts that no proxy is asked for: what this machine calls itself means another machine there. */
const ownNames = ["localhost", "127.0.0.1", "[::1]"];

/** The way out of this network, as its users' programs know it. */
export interface ProxySettings {
  /** For `http:` and `https:` addresses; `undefined`: there is none. */
  httpProxy: URL | undefined;
  httpsProxy: URL | undefined;
  /** Hosts that are reached without it, with commas between them; `*`: all. */
  noProxy: string;
}

/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY; `undefined` without the first two. Throws `config_invalid`. */
export function readProxySettings(environment: NodeJS.ProcessEnv = process.env): ProxySettings | undefined {
  const httpProxy = readProxy(environment, "HTTP_PROXY");
  const httpsProxy = readProxy(environment, "HTTPS_PROXY") ?? httpProxy;
  if (httpProxy === undefined && httpsProxy === undefined) return undefined;
  const unproxied = read(environment, "NO_PROXY") ?? "";
  return { httpProxy, httpsProxy, noProxy: unproxied === "*" ? "*" : [...ownNames, unproxied].join(",") };
}

function read(environment: NodeJS.ProcessEnv, name: string): string | undefined {
  return (environment[name.toLowerCase()] ?? environment[name])?.trim() || undefined;
}

function readProxy(environment: NodeJS.ProcessEnv, name: string): URL | undefined {
  const text = read(environment, name);
  if (text === undefined) return undefined;
  const address = text.includes("://") ? text : `http://${text}`;
  if (URL.canParse(address)) {
    const url = new URL(address);
    if (url.protocol === "http:" || url.protocol === "https:") return url;
  }
  // Not what it says: there may be a password in it.
  throw new AppError("config_invalid", `${name} is no address of a proxy that Cria can use.`, {
    hint: "It looks like http://proxy.example:3128, or http://name:password@proxy.example:3128.",
    field: name,
  });
}

const setProxyHint = "HTTPS_PROXY, HTTP_PROXY and NO_PROXY say which proxy is used, and for what.";

/** What undici threw because of the proxy, as an error for people; everything else as it is. */
export function proxyError(error: unknown, { httpProxy, httpsProxy }: ProxySettings): unknown {
  if (!(error instanceof Error)) return error;
  // The words are those of undici's proxy-agent.js; there is nothing else to know these errors by.
  if (/^Proxy Authentication Required/.test(error.message)) return refusedByProxy(407, httpProxy);
  const tunnel = /^Proxy response \((\d+)\)/.exec(error.message);
  if (tunnel !== null) return refusedByProxy(Number(tunnel[1]), httpsProxy);
  const proxy = [httpsProxy, httpProxy].find((candidate) => candidate !== undefined && isAbout(error, candidate));
  if (proxy === undefined) return error;
  const failure = new AppError("download_failed", `The proxy ${proxy.host} cannot be reached.`, {
    hint: `Is it running? ${setProxyHint}`,
    cause: error,
  });
  return new TransientError(failure);
}

/** The error for the proxy's own answer to a request. */
function refusedByProxy(status: number, proxy: URL | undefined): AppError | TransientError {
  const host = proxy?.host ?? "";
  if (status === 407)
    return new AppError("download_failed", `The proxy ${host} wants a name and a password.`, {
      hint: "Put them into HTTPS_PROXY: http://name:password@proxy.example:3128.",
      field: "HTTPS_PROXY",
    });
  const error = new AppError("download_failed", `The proxy ${host} does not let the download through (${status}).`, {
    hint: setProxyHint,
  });
  return status >= 500 || status === 429 ? new TransientError(error) : error;
}

/** Whether a failed connection was one to the proxy. */
function isAbout(error: Error, proxy: URL): boolean {
  const errors = error instanceof AggregateError ? error.errors : [error];
  const port = Number(proxy.port) || (proxy.protocol === "https:" ? 443 : 80);
  return errors.some(
    (one: unknown) =>
      (one instanceof Error && "port" in one && one.port === port && "address" in one) ||
      (one instanceof Error && "hostname" in one && one.hostname === proxy.hostname),
  );
}

import { type CriaClient, connect } from "../../client/connect.js";
import type { Config } from "../../platform/config.js";
import { readHolder } from "../../storage/HomeLock.js";

/** Time that a server on this machine has to say that it is there. */
const probeTimeoutMs = 2_000;

/** Whoever sits at a terminal wants to know soon that nobody is there. */
const connectTimeoutMs = 5_000;

/** How long a lost connection may take to come back: a server here that is started again, a network elsewhere that comes back. */
const lostAfterMs = { here: 5_000, elsewhere: 15_000 };

/** A server that answered. */
export interface FoundServer {
  url: string;
  client: CriaClient;
}

/** Connects to the server that was named, with or without `http://`. Throws as {@link connect}. */
export async function openNamedServer(url: string, token: string | undefined): Promise<FoundServer> {
  const address = withScheme(url);
  return { url: address, client: await open(address, token) };
}

/**
 * The server of this home on this machine, if one runs: where the home tells of one, and where one usually is. `onSilent` hears of an
 * address that somebody holds and nobody answers at.
 */
export async function findOwnServer(
  { homePath, port, token }: Pick<Config, "homePath" | "port" | "token">,
  onSilent: (url: string) => void,
): Promise<FoundServer | undefined> {
  const told = readHolder(homePath)?.url;
  const addresses = [...new Set([`http://127.0.0.1:${port}`, ...(told === undefined ? [] : [told])])];
  const probed = await Promise.all(addresses.map(async (url) => ({ url, state: await probe(url) })));
  for (const { url, state } of probed) {
    if (state !== "ready") continue;
    const client = await open(url, token).catch(() => undefined);
    const info = await client?.request("server:info", {}).catch(() => undefined);
    if (client !== undefined && info?.homePath === homePath) return { url, client };
    client?.close();
  }
  for (const { url, state } of probed) if (state === "silent") onSilent(url);
  return undefined;
}

function open(url: string, token: string | undefined): Promise<CriaClient> {
  const here = /^https?:\/\/(127\.|localhost\b|\[::1\])/i.test(url);
  return connect(url, {
    connectTimeoutMs,
    lostAfterMs: here ? lostAfterMs.here : lostAfterMs.elsewhere,
    ...(token === undefined ? {} : { token }),
  });
}

/** `silent`: the port takes connections, and no answer came in time. `none`: no server of Cria's, or one that is not ready. */
async function probe(url: string): Promise<"ready" | "silent" | "none"> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(probeTimeoutMs) });
    return response.ok && ((await response.json()) as { status?: unknown }).status === "ready" ? "ready" : "none";
  } catch (error) {
    return error instanceof Error && error.name === "TimeoutError" ? "silent" : "none";
  }
}

/** `localhost:3000` as people type it; a socket would take the name before the colon for a scheme. */
function withScheme(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`;
}

import { CriaError, refusalOf } from "./CriaError.js";

const example = "http://127.0.0.1:3000";

/**
 * The server that an address names, without what is no part of that: `http://127.0.0.1:3000`. WebSocket's names for the schemes are taken
 * for HTTP's. Throws `bad_request` for what is no address of a server.
 */
export function serverAddress(url: string): string {
  const refuse = (message: string, hint: string) => new CriaError({ code: "bad_request", message, hint, field: "url" });
  const web = url.trim().replace(/^ws(s?):/i, "http$1:");
  if (!/^https?:\/\//i.test(web))
    throw refuse(`"${url}" is no address of a server.`, `It begins with http:// or https://, as ${example} does.`);
  let address: URL;
  try {
    address = new URL(web);
  } catch {
    throw refuse(
      `"${url}" is no address that can be read.`,
      `Write it as in ${example}: a name or an IP address, and a port up to 65535.`,
    );
  }
  if (address.pathname !== "/" || address.search !== "")
    throw refuse(
      // Without a password or a token that may be in it: errors are shown and written down.
      `"${address.origin}${address.pathname}" names a page, and not a server.`,
      `Leave out what comes after the server: ${address.origin}`,
    );
  return address.origin;
}

/** Why a connection did not come about, and what to do. `address`: as {@link serverAddress} gives it, or a page's own server. */
export function connectFailure(error: Error, address: string | undefined): CriaError {
  return refusalOf(error) ?? explained(transportOf(error), error, address);
}

/** Nobody was there in time. */
export function noAnswerIn(timeoutMs: number, address: string | undefined): CriaError {
  const seconds = Math.round(timeoutMs / 1000);
  return lost(
    `Nothing answers at ${nameOf(address)} (no answer in ${seconds} seconds).`,
    `Look at the address and the port, and whether a firewall is between. ${startHint(address)}`,
  );
}

/** A server of another program that speaks socket.io, too. */
export function noCria(address: string | undefined, reason: string): CriaError {
  return new CriaError({
    code: "protocol_mismatch",
    message: `What answers at ${nameOf(address)} is not Cria (${reason}).`,
    hint: `Look at the address and the port: Cria's is ${example}, unless it was started with others.`,
  });
}

interface Transport {
  /** What an HTTP server answered; 0 where there was no answer. */
  status: number;
  /** In Node, what went wrong with the network, as Node says it. */
  reason: string;
}

/** What engine.io tells of a request that failed. A browser tells pages nothing but that it did; Node puts its error there. */
function transportOf(error: Error): Transport {
  const description: unknown = "description" in error ? error.description : undefined;
  const context: unknown = "context" in error ? error.context : undefined;
  const cause: unknown =
    typeof context === "object" && context !== null && "statusText" in context ? context.statusText : undefined;
  return { status: typeof description === "number" ? description : 0, reason: reasonOf(cause) };
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  // Where a name has several addresses each has failed, and the message is empty.
  return cause.message === "" && "code" in cause ? String(cause.code) : cause.message;
}

function explained({ status, reason }: Transport, error: Error, address: string | undefined): CriaError {
  const where = nameOf(address);
  if (status >= 502 && status <= 504)
    return lost(
      `A proxy answers at ${where}, and the server behind it does not (status ${status}).`,
      "Start Cria behind it.",
    );
  if (status > 0) return noCria(address, `status ${status}`);
  if (/ENOTFOUND|EAI_AGAIN/.test(reason))
    return lost(
      `No computer of the name ${hostOf(address)} was found.`,
      "Look at the name, and whether this machine is in the network.",
    );
  if (/ECONNREFUSED/.test(reason)) return lost(`Nothing answers at ${where} (connection refused).`, startHint(address));
  if (/EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EHOSTDOWN/.test(reason))
    return lost(
      `${hostOf(address)} cannot be reached (${reason}).`,
      "Look at the address, and whether both machines are in one network.",
    );
  if (/EPROTO|wrong version number|packet length too long|ssl3_get_record/i.test(reason))
    return lost(
      `The server at ${where} does not speak HTTPS.`,
      `Begin the address with http://, if you trust the network between.`,
    );
  if (/certificate|CERT_|altname|signed/i.test(reason))
    return lost(
      `The certificate of ${where} is not trusted (${reason}).`,
      "Use the name that the certificate is for. One of your own is trusted with NODE_EXTRA_CA_CERTS=FILE.",
    );
  if (/Parse Error/.test(reason)) return noCria(address, "it does not speak HTTP");
  if (/socket hang up|ECONNRESET/.test(reason))
    return lost(
      `What is at ${where} hung up.`,
      "Look at the port, and whether the address has to begin with https://.",
    );
  // What engine.io says of an answer that it cannot read.
  if (/^(server|parse|parser) error$/.test(error.message)) return noCria(address, "its answer is no socket.io");
  return lost(`Nothing answers at ${where}${reason === "" ? "" : ` (${reason})`}.`, startHint(address));
}

function lost(message: string, hint: string): CriaError {
  return new CriaError({ code: "connection_lost", message, hint });
}

function startHint(address: string | undefined): string {
  const here = address === undefined || /^https?:\/\/(127\.|localhost|\[::1\])/.test(address);
  return here ? "Start it with: cria serve" : "Start it there with: cria serve --host 0.0.0.0";
}

function nameOf(address: string | undefined): string {
  return address ?? "the server of this page";
}

function hostOf(address: string | undefined): string {
  return address === undefined ? nameOf(address) : new URL(address).hostname;
}

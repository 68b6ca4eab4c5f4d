import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";

/** A request as far as its sender's address goes. */
export type AddressedRequest = Pick<IncomingMessage, "headers"> & { socket: { remoteAddress?: string | undefined } };

/** The proxies whose word on their callers counts. */
export type TrustedProxies = (address: string) => boolean;

/** `entries`: addresses (`10.0.0.2`) and ranges (`10.0.0.0/8`), valid ones. */
export function trustedProxies(entries: readonly string[]): TrustedProxies {
  const ranges = entries.map((entry) => ipaddr.parseCIDR(entry.includes("/") ? entry : `${entry}/${bits(entry)}`));
  return (address) => {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return ranges.some(([range, length]) => range.kind() === parsed.kind() && parsed.match(range, length));
  };
}

function bits(address: string): number {
  return ipaddr.parse(address).kind() === "ipv4" ? 32 : 128;
}

/**
 * Where a request comes from, for limits per address. `X-Forwarded-For` is read from its end and only as long as each hop is a
 * trusted proxy: everything before that could have been written by anybody ([T24]). IPv6 counts by network (64 bits), because
 * one machine has as many addresses there as it likes.
 */
export function clientAddress(request: AddressedRequest, trusted: TrustedProxies): string {
  const forwarded = request.headers["x-forwarded-for"];
  const hops = (typeof forwarded === "string" ? forwarded : "").split(",").map((hop) => hop.trim());
  let address = request.socket.remoteAddress ?? "";
  while (trusted(address)) {
    const hop = hops.pop();
    if (hop === undefined || !ipaddr.isValid(hop)) break;
    address = hop;
  }
  return network(address);
}

/** The connection to the caller is encrypted, as far as a trusted proxy can tell. */
export function isEncrypted(request: AddressedRequest, trusted: TrustedProxies): boolean {
  return trusted(request.socket.remoteAddress ?? "") && request.headers["x-forwarded-proto"] === "https";
}

function network(address: string): string {
  if (!ipaddr.isValid(address)) return "unknown";
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6) || parsed.range() === "loopback") return parsed.toString();
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}

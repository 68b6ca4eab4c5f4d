import ipaddr from "ipaddr.js";

/**
 * Whether an address, as the resolver gives it, belongs to the public internet. Works on the address's bytes, so every spelling
 * (`::ffff:a9fe:a9fe`, `0:0:0:0:0:ffff:169.254.169.254`) is judged alike. What is not certainly public is not.
 */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (!ipaddr.isValid(bare)) return false;
  const parsed = ipaddr.process(bare);
  // NAT64: how networks without IPv4 reach an IPv4 address, which stands in the last four bytes (RFC 6052).
  if (parsed.kind() === "ipv6" && parsed.range() === "rfc6052")
    return ipaddr.fromByteArray(parsed.toByteArray().slice(-4)).range() === "unicast";
  return parsed.range() === "unicast";
}

/** Whether a URL's host is an address rather than a name. */
export function isAddressLiteral(hostname: string): boolean {
  return ipaddr.isValid(hostname.replace(/^\[|\]$/g, ""));
}

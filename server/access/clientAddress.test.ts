import { describe, expect, it } from "vitest";
import { clientAddress, isEncrypted, trustedProxies } from "./clientAddress.js";

const from = (remoteAddress: string, forwarded?: string) => ({
  socket: { remoteAddress },
  headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
});

describe("clientAddress", () => {
  it("[T24] does not believe X-Forwarded-For from just anybody", () => {
    const nobody = trustedProxies([]);
    expect(clientAddress(from("192.168.1.9", "1.2.3.4"), nobody)).toBe("192.168.1.9");
    expect(clientAddress(from("127.0.0.1", "1.2.3.4"), nobody)).toBe("127.0.0.1");
  });

  it("[T24] believes a trusted proxy, and through a chain of them only as far as they go", () => {
    const trusted = trustedProxies(["10.0.0.0/8", "127.0.0.1"]);
    expect(clientAddress(from("127.0.0.1", "1.2.3.4"), trusted)).toBe("1.2.3.4");
    expect(clientAddress(from("127.0.0.1", "6.6.6.6, 1.2.3.4, 10.1.1.1"), trusted)).toBe("1.2.3.4");
    expect(clientAddress(from("192.168.1.9", "1.2.3.4"), trusted)).toBe("192.168.1.9");
    expect(clientAddress(from("127.0.0.1", "nonsense"), trusted)).toBe("127.0.0.1");
    expect(clientAddress(from("127.0.0.1"), trusted)).toBe("127.0.0.1");
  });

  it("[T24] takes an IPv4 address in IPv6 clothes for what it is, and counts IPv6 by network", () => {
    const trusted = trustedProxies(["127.0.0.1"]);
    expect(clientAddress(from("::ffff:127.0.0.1", "::ffff:1.2.3.4"), trusted)).toBe("1.2.3.4");
    const one = clientAddress(from("2001:db8:1:2::1"), trusted);
    expect(one).toBe(clientAddress(from("2001:db8:1:2:ffff::9"), trusted));
    expect(one).not.toBe(clientAddress(from("2001:db8:1:3::1"), trusted));
  });

  it("[T4] takes only a trusted proxy's word that a connection is encrypted", () => {
    const trusted = trustedProxies(["10.0.0.1"]);
    const headers = { "x-forwarded-proto": "https" };
    expect(isEncrypted({ headers, socket: { remoteAddress: "10.0.0.1" } }, trusted)).toBe(true);
    expect(isEncrypted({ headers, socket: { remoteAddress: "10.0.0.2" } }, trusted)).toBe(false);
  });
});

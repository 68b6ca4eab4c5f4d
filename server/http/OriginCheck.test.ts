import { describe, expect, it } from "vitest";
import { OriginCheck } from "./OriginCheck.js";

describe("OriginCheck", () => {
  const local = new OriginCheck("127.0.0.1");

  it.each(["127.0.0.1:3000", "localhost:3000", "LOCALHOST", "[::1]:3000"])("[T1] answers under the name %s", (host) => {
    expect(local.allows({ host })).toBe(true);
  });

  it.each([
    "evil.com",
    "evil.com:3000",
    "localhost.evil.com",
    "127.0.0.1.evil.com",
    "localhost.",
    "",
    "a@localhost",
    "localhost:99:1",
    "192.168.1.5",
  ])("[T1] refuses the name %j", (host) => {
    expect(local.allows({ host })).toBe(false);
  });

  it("[T1] refuses a request without a Host", () => {
    expect(local.allows({})).toBe(false);
  });

  it("[T2] takes programs and its own page", () => {
    expect(local.allows({ host: "localhost:3000" })).toBe(true);
    expect(local.allows({ host: "localhost:3000", origin: "http://localhost:3000" })).toBe(true);
  });

  it.each(["https://evil.com", "null", "http://localhost:9999", "http://localhost", "file://", "nonsense"])(
    "[T2] refuses the origin %s",
    (origin) => {
      expect(local.allows({ host: "localhost:3000", origin })).toBe(false);
    },
  );

  it("[T3] refuses what a browser marks as cross-site", () => {
    expect(local.allows({ host: "localhost:3000", "sec-fetch-site": "cross-site" })).toBe(false);
    expect(local.allows({ host: "localhost:3000", "sec-fetch-site": "same-origin" })).toBe(true);
  });

  it("[T1] takes any literal address, but no foreign name, when bound to all", () => {
    const all = new OriginCheck("0.0.0.0");
    expect(all.allows({ host: "192.168.1.5:3000" })).toBe(true);
    expect(all.allows({ host: "evil.com:3000" })).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import { OriginCheck } from "./OriginCheck.js";

const local = new OriginCheck({ host: "127.0.0.1" });
const allows = (headers: Record<string, string>, method = "GET") => local.allows({ headers, method });

describe("OriginCheck", () => {
  it.each(["127.0.0.1:3000", "localhost:3000", "localhost", "[::1]:3000"])("[T1] answers under the name %s", (host) => {
    expect(allows({ host })).toBe(true);
  });

  it.each([
    "evil.com",
    "evil.com:3000",
    "localhost.evil.com",
    "127.0.0.1.evil.com",
    "localhost.",
    "LOCALHOST",
    "Localhost:3000",
    "",
    "a@localhost",
    "localhost:99:1",
    "localhost:port",
    "192.168.1.5",
    "127.1",
    "0.0.0.0:3000",
    "[::ffff:7f00:1]",
  ])("[T1] refuses the name %j", (host) => {
    expect(allows({ host })).toBe(false);
  });

  it("[T1] refuses a request without a Host, and one with two", () => {
    expect(allows({})).toBe(false);
    const rawHeaders = ["Host", "localhost:3000", "host", "evil.com"];
    expect(local.allows({ headers: { host: "localhost:3000" }, rawHeaders })).toBe(false);
  });

  it("[T2] takes programs and its own page", () => {
    expect(allows({ host: "localhost:3000" })).toBe(true);
    expect(allows({ host: "localhost:3000", origin: "http://localhost:3000" })).toBe(true);
  });

  it.each([
    "https://evil.com",
    "null",
    "http://localhost:9999",
    "http://localhost",
    "file://",
    "nonsense",
    "http://localhost:3000/",
    "http://user@localhost:3000",
  ])("[T2] refuses the origin %s", (origin) => {
    expect(allows({ host: "localhost:3000", origin })).toBe(false);
  });

  it("[T2] refuses two origins", () => {
    const headers = { host: "localhost:3000", origin: "http://localhost:3000" };
    const rawHeaders = ["Host", headers.host, "Origin", headers.origin, "Origin", "https://evil.com"];
    expect(local.allows({ headers, rawHeaders })).toBe(false);
  });

  it("[T2] takes a socket with a cookie only from where it can tell that it is the page", () => {
    const socket = (headers: Record<string, string>) =>
      local.allowsSocket({ method: "GET", headers: { host: "localhost:3000", cookie: "a=b", ...headers } });
    expect(socket({})).toBe(false);
    expect(socket({ origin: "null" })).toBe(false);
    expect(socket({ origin: "http://localhost:3000" })).toBe(true);
    expect(socket({ "sec-fetch-site": "same-origin" })).toBe(true);
    expect(socket({ "x-cria": "1" })).toBe(true);
    expect(local.allowsSocket({ headers: { host: "localhost:3000" } })).toBe(true);
  });

  it.each(["cross-site", "same-site"])("[T3] refuses what a browser marks as %s, but a followed link", (site) => {
    const headers = { host: "localhost:3000", "sec-fetch-site": site };
    expect(allows(headers)).toBe(false);
    expect(allows(headers, "POST")).toBe(false);
    const link = { ...headers, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    expect(allows(link)).toBe(true);
    expect(allows(link, "POST")).toBe(false);
    expect(allows({ ...link, "sec-fetch-dest": "iframe" })).toBe(false);
    expect(allows({ ...link, host: "evil.com" })).toBe(false);
    expect(allows({ host: "localhost:3000", "sec-fetch-site": "same-origin" })).toBe(true);
  });

  it("[T1] takes any literal address, but no foreign name, when bound to all", () => {
    const all = new OriginCheck({ host: "0.0.0.0" });
    expect(all.allows({ headers: { host: "192.168.1.5:3000" } })).toBe(true);
    expect(all.allows({ headers: { host: "[fd00::5]:3000" } })).toBe(true);
    expect(all.allows({ headers: { host: "evil.com:3000" } })).toBe(false);
    expect(all.allows({ headers: { host: "192.168.1.5", origin: "http://evil.com" } })).toBe(false);
  });

  it("[T1] takes the names that it is told, and no others that look like them", () => {
    const named = new OriginCheck({ host: "127.0.0.1", allowedHosts: ["chat.example.org"] });
    expect(named.allows({ headers: { host: "chat.example.org", origin: "https://chat.example.org" } })).toBe(true);
    for (const host of ["chat.example.org.", "x.chat.example.org", "example.org", "chat.example.org.evil.com"])
      expect(named.allows({ headers: { host } })).toBe(false);
  });
});

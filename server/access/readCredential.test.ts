import { describe, expect, it } from "vitest";
import { cookieName, readCredential } from "./readCredential.js";

const cookie = `other=1; ${cookieName(3000)}=c; more=x=y`;

describe("readCredential", () => {
  it("[T5] reads the header, the socket's auth and the cookie alike", () => {
    expect(readCredential({ headers: { authorization: "Bearer a" }, port: 3000 })).toBe("a");
    expect(readCredential({ headers: { authorization: "bearer  a " }, port: 3000 })).toBe("a");
    expect(readCredential({ headers: {}, auth: { token: "b" }, port: 3000 })).toBe("b");
    expect(readCredential({ headers: { cookie }, port: 3000 })).toBe("c");
    expect(readCredential({ headers: {}, port: 3000 })).toBeUndefined();
  });

  it("[T5] takes the header first, then the auth, and never falls back from a wrong one", () => {
    expect(readCredential({ headers: { authorization: "Bearer a", cookie }, auth: { token: "b" }, port: 3000 })).toBe(
      "a",
    );
    expect(readCredential({ headers: { cookie }, auth: { token: "b" }, port: 3000 })).toBe("b");
    expect(readCredential({ headers: { authorization: "Basic abc", cookie }, port: 3000 })).toBe("");
    expect(readCredential({ headers: { authorization: "", cookie }, port: 3000 })).toBe("");
  });

  it("[T5] reads no other server's cookie", () => {
    expect(readCredential({ headers: { cookie }, port: 3001 })).toBeUndefined();
  });

  it("[T10] takes nothing else for a token", () => {
    for (const auth of [null, 5, "token", [], { token: 5 }, { token: ["a"] }, { token: null }])
      expect(readCredential({ headers: {}, auth, port: 3000 })).toBeUndefined();
    expect(readCredential({ headers: { authorization: `Bearer ${"x".repeat(5000)}` }, port: 3000 })).toBe("");
  });
});

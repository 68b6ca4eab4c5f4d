import { describe, expect, it } from "vitest";
import { AppError } from "../../platform/AppError.js";
import { backOffMs, retry, retryAfterMs, retryDefaults, TransientError } from "../../platform/retry.js";
import { networkError } from "./networkError.js";

const transient = (afterMs?: number) => new TransientError(new AppError("download_failed", "broke off"), afterMs);

describe("retry", () => {
  it("waits twice as long after each failure, with jitter, up to a limit", () => {
    const settings = { ...retryDefaults, attempts: 20, baseDelayMs: 100, maxDelayMs: 1000, random: () => 1 };
    expect([1, 2, 3, 4, 5, 6].map((failures) => backOffMs(failures, transient(), settings))).toEqual([
      100, 200, 400, 800, 1000, 1000,
    ]);
    expect(backOffMs(1, transient(), { ...settings, random: () => 0 })).toBe(50);
  });

  it("waits at least as long as the server asks for, and not at all for too long a time", () => {
    expect(backOffMs(1, transient(5000), { ...retryDefaults, random: () => 0 })).toBe(5000);
    expect(backOffMs(1, transient(10_000_000), retryDefaults)).toBeUndefined();
  });

  it("reads Retry-After as seconds and as a date", () => {
    const now = Date.parse("Wed, 21 Oct 2026 07:28:00 GMT");
    expect(retryAfterMs({ "retry-after": "3" }, now)).toBe(3000);
    expect(retryAfterMs({ "retry-after": "Wed, 21 Oct 2026 07:28:07 GMT" }, now)).toBe(7000);
    expect(retryAfterMs({ "retry-after": "soon" }, now)).toBeUndefined();
    expect(retryAfterMs({}, now)).toBeUndefined();
  });

  it("tries again what may pass and nothing else, and throws the last error", async () => {
    let calls = 0;
    const settings = { attempts: 3, baseDelayMs: 1, maxDelayMs: 1 };
    const failing = (error: Error) =>
      retry(() => {
        calls++;
        return Promise.reject(error);
      }, settings);
    await expect(failing(transient())).rejects.toMatchObject({ code: "download_failed" });
    expect(calls).toBe(3);
    calls = 0;
    await expect(failing(new AppError("hub_gated", "gated"))).rejects.toMatchObject({ code: "hub_gated" });
    expect(calls).toBe(1);
  });
});

describe("networkError", () => {
  const withCode = (code: string) => Object.assign(new Error(code), { code });

  it.each([
    "ENOTFOUND",
    "ECONNREFUSED",
    "ECONNRESET",
    "UND_ERR_SOCKET",
    "UND_ERR_HEADERS_TIMEOUT",
    "HPE_INVALID_CONSTANT",
  ])("%s may pass", (code) => {
    const error = networkError(withCode(code), "hub.example");
    expect(error).toBeInstanceOf(TransientError);
    expect((error as TransientError).error.hint).toBeTruthy();
  });

  it("a certificate that is not trusted will not pass", () => {
    expect(networkError(withCode("SELF_SIGNED_CERT_IN_CHAIN"), "hub.example")).toMatchObject({
      code: "hub_failed",
      hint: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
    });
  });

  it("finds the code of the cause, and leaves other errors alone", () => {
    expect(networkError(new Error("fetch failed", { cause: withCode("ECONNRESET") }), "x")).toBeInstanceOf(
      TransientError,
    );
    const other = new TypeError("a bug");
    expect(networkError(other, "x")).toBe(other);
  });
});

import { describe, expect, it } from "vitest";
import { isUnload, keepAliveMs, keepAliveSchema } from "./keepAlive.js";

describe("keep_alive", () => {
  it.each([
    [300, 300_000],
    [0.5, 500],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["+2s", 2000],
    ["250ms", 250],
    ["3us", 0.003],
    ["3\u00b5s", 0.003],
    ["3\u03bcs", 0.003],
    ["1000000ns", 1],
    [-1, Number.POSITIVE_INFINITY],
    ["-1m", Number.POSITIVE_INFINITY],
    [1e300, Number.POSITIVE_INFINITY],
    ["9999999h", Number.POSITIVE_INFINITY],
  ])("%j lasts %d ms", (value, ms) => {
    expect(keepAliveSchema.safeParse(value).success).toBe(true);
    expect(keepAliveMs(value)).toBeCloseTo(ms, 9);
    expect(isUnload(value)).toBe(false);
  });

  it.each([0, -0, "0", "-0", "0s", "0m", "0h0m0s"])("%j unloads", (value) => {
    expect(keepAliveSchema.safeParse(value).success).toBe(true);
    expect(isUnload(value)).toBe(true);
  });

  it("may be left out, which changes nothing", () => {
    for (const value of [undefined, null]) {
      expect(keepAliveSchema.safeParse(value).success).toBe(true);
      expect(isUnload(value)).toBe(false);
    }
  });

  it.each(["", "5", "-1", "m", "5 m", "5m ", "5d", "1h-5m", "1.2.3s", ".s", "forever", "5M", true, [], {}, Number.NaN])(
    "%j is refused",
    (value) => {
      expect(keepAliveSchema.safeParse(value).success).toBe(false);
    },
  );
});

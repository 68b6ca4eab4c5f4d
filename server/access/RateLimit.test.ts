import { describe, expect, it } from "vitest";
import { RateLimit } from "./RateLimit.js";

describe("RateLimit", () => {
  it("[T24] gives so many per period, then one each time its share has passed", () => {
    let nowMs = 1000;
    const limit = new RateLimit({ count: 5, perMs: 60_000, nowMs: () => nowMs });
    for (let n = 0; n < 5; n++) expect(limit.take("a")).toBe(0);
    expect(limit.take("a")).toBeCloseTo(12_000);
    expect(limit.take("b")).toBe(0);
    nowMs += 11_999;
    expect(limit.take("a")).toBeGreaterThan(0);
    nowMs += 1;
    expect(limit.take("a")).toBe(0);
    expect(limit.take("a")).toBeGreaterThan(0);
    nowMs += 3600_000;
    for (let n = 0; n < 5; n++) expect(limit.take("a")).toBe(0);
    expect(limit.take("a")).toBeGreaterThan(0);
  });

  it("[T24] asks without using anything up", () => {
    const limit = new RateLimit({ count: 1, perMs: 1000, nowMs: () => 0 });
    for (let n = 0; n < 5; n++) expect(limit.waitMs("a")).toBe(0);
    limit.take("a");
    expect(limit.waitMs("a")).toBeCloseTo(1000);
  });

  it("[T24] forgets those longest unseen rather than to grow without end", () => {
    const limit = new RateLimit({ count: 1, perMs: 1e9, nowMs: () => 0 });
    limit.take("first");
    for (let n = 0; n < 20_000; n++) limit.take(`other ${n}`);
    expect(limit.waitMs("first")).toBe(0);
    expect(limit.waitMs("other 19999")).toBeGreaterThan(0);
  });
});

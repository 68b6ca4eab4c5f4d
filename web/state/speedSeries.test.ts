import { describe, expect, it } from "vitest";
import { speedSeries, withSample } from "./speedSeries.js";

describe("the speed of a reply over time", () => {
  it("is that of equal steps, whatever the pieces were", () => {
    const samples = [
      { atMs: 1000, tokenCount: 1 },
      { atMs: 1100, tokenCount: 2 },
      { atMs: 1200, tokenCount: 3 },
      { atMs: 2000, tokenCount: 11 },
      { atMs: 3000, tokenCount: 16 },
    ];
    const speeds = speedSeries(samples, 2100) ?? [];
    expect(speeds.map(Math.round)).toEqual([10, 10, 5, 5]);
  });

  it("is not that of single pieces, which come as the network bundles them", () => {
    const all = Array.from({ length: 100 }, (_, step) => ({ atMs: step * 11, tokenCount: step % 2 ? step + 1 : step }));
    const samples = all.reduce(withSample, [] as readonly { atMs: number; tokenCount: number }[]);
    expect(samples.length).toBe(10);
    const speeds = speedSeries(samples, 1000) ?? [];
    expect(speeds.length).toBe(3);
    for (const speed of speeds) expect(Math.abs(speed - 1000 / 11)).toBeLessThan(8);
    expect(speedSeries(samples.slice(0, 6), 500)).toBeUndefined();
  });

  it("is not known of a reply that was replayed, or hardly seen", () => {
    const samples = [0, 1, 2, 3, 4].map((step) => ({ atMs: step, tokenCount: step * 20 }));
    expect(speedSeries(samples, 5000)).toBeUndefined();
    expect(speedSeries(samples.slice(0, 2), 1)).toBeUndefined();
    expect(speedSeries([], 0)).toBeUndefined();
  });
});

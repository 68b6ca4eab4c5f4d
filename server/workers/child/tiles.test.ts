import { describe, expect, it } from "vitest";
import { fewestWorthATile, tokensToKeep } from "./tiles.js";

describe("fewestWorthATile", () => {
  it("lies where both take the same time, as measured", () => {
    // 110M: 64 tokens took 40 ms behind 500, 72 behind 2,000 and 186 behind 6,000; so many without a tile took as long.
    expect(fewestWorthATile(500, 768)).toBeGreaterThanOrEqual(37);
    expect(fewestWorthATile(2000, 768)).toBeGreaterThanOrEqual(26);
    expect(fewestWorthATile(2000, 768)).toBeLessThanOrEqual(32);
    expect(fewestWorthATile(6000, 768)).toBeLessThanOrEqual(26);
    expect(fewestWorthATile(1500, 2048)).toBeGreaterThanOrEqual(32);
    expect(fewestWorthATile(1500, 2048)).toBeLessThanOrEqual(40);
  });

  it("is a whole tile where nothing is to attend to", () => {
    expect(fewestWorthATile(0, 768)).toBe(64);
  });
});

describe("tokensToKeep", () => {
  it("gives up as much as fills the tile", () => {
    expect(tokensToKeep(2000, 2050, 0, 768)).toBe(2050 - 64);
    expect(tokensToKeep(2000, 2050, 1, 768)).toBe(2050 - 65);
  });

  it("keeps all where that is faster, or a tile is full already", () => {
    expect(tokensToKeep(2000, 2012, 0, 768)).toBe(2000);
    expect(tokensToKeep(2000, 2064, 0, 768)).toBe(2000);
    expect(tokensToKeep(2000, 2300, 0, 768)).toBe(2000);
    expect(tokensToKeep(30, 80, 0, 768)).toBe(30);
  });

  it("keeps all where the engine computes no tiles, or too little is held", () => {
    expect(tokensToKeep(2000, 2050, 0, 0)).toBe(2000);
    expect(tokensToKeep(10, 60, 0, 768)).toBe(10);
    expect(tokensToKeep(0, 60, 0, 768)).toBe(0);
  });
});

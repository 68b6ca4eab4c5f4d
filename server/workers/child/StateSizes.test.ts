import { describe, expect, it } from "vitest";
import { StateSizes } from "./StateSizes.js";

describe("StateSizes", () => {
  it("expects nothing while nothing was written", () => {
    expect(new StateSizes().expectedBytes(1000)).toBe(0);
  });

  it("expects as much for each token as the only one that was written took", () => {
    const sizes = new StateSizes();
    sizes.add(200, 1000);
    expect([100, 200, 400].map((tokens) => sizes.expectedBytes(tokens))).toEqual([500, 1000, 2000]);
  });

  it("tells what each token takes from what each state takes, once two were written", () => {
    const sizes = new StateSizes();
    for (const tokens of [300, 200, 400]) sizes.add(tokens, 5000 + tokens * 10);
    expect([0, 250, 1000].map((tokens) => sizes.expectedBytes(tokens))).toEqual([5000, 7500, 15_000]);
  });
});

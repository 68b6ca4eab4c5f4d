import { describe, expect, it } from "vitest";
import { copyCostTokens, worthCopyingTokens } from "./copyPrefix.js";

const sequence = { model: { size: 9_000_000 }, contextSize: 2048, needsCheckpoints: false };
const copyable = { ...sequence, _copyStateFromOtherSequence: async () => true };

describe("worthCopyingTokens", () => {
  it("is more than a copy costs", () => {
    // Weights' bytes, tokens of context, what a copy costs in tokens read.
    const measured = [
      [9_300_000, 2048, 69],
      [9_300_000, 8192, 104],
      [62_000_000, 512, 6],
      [62_000_000, 8192, 45],
      [620_000_000, 8192, 4],
    ] as const;
    for (const [size, contextSize, tokens] of measured) {
      expect(copyCostTokens(size, contextSize)).toBeGreaterThan(tokens * 0.9);
      expect(worthCopyingTokens({ ...copyable, model: { size }, contextSize })).toBeGreaterThanOrEqual(16);
    }
  });

  it("is never reached where a cache cannot be cut off at a token", () => {
    expect(worthCopyingTokens(copyable)).toBeLessThan(100);
    expect(worthCopyingTokens({ ...copyable, needsCheckpoints: true })).toBe(Number.POSITIVE_INFINITY);
  });

  it("is never reached with an engine that has lost the method", () => {
    expect(worthCopyingTokens(sequence)).toBe(Number.POSITIVE_INFINITY);
  });
});

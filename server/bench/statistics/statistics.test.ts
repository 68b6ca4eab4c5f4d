import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bootstrapInterval } from "./bootstrapInterval.js";
import { jainIndex } from "./jainIndex.js";
import { linearSlope } from "./linearSlope.js";
import { percentile } from "./percentile.js";
import { summarize } from "./summarize.js";

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });

describe("percentile", () => {
  // The figures are R's quantile(x, type = 7).
  it.each([
    [[1, 2, 3, 4], 50, 2.5],
    [[1, 2, 3, 4], 25, 1.75],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 95, 9.55],
    [[10, 20], 99, 19.9],
    [[7], 99, 7],
    [[1, 2, 3], 0, 1],
    [[1, 2, 3], 100, 3],
  ])("of %j at %d is %d", (sorted, percent, expected) => {
    expect(percentile(sorted, percent)).toBeCloseTo(expected, 10);
  });

  it("is no number where there are no samples", () => {
    expect(percentile([], 50)).toBeNaN();
  });

  it("lies between the samples and rises with the percentage", () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1 }), fc.nat(100), fc.nat(100), (samples, a, b) => {
        const sorted = samples.sort((x, y) => x - y);
        const [low, high] = [percentile(sorted, Math.min(a, b)), percentile(sorted, Math.max(a, b))];
        expect(low).toBeGreaterThanOrEqual(sorted[0] ?? 0);
        expect(high).toBeLessThanOrEqual(sorted.at(-1) ?? 0);
        expect(low).toBeLessThanOrEqual(high);
      }),
    );
  });
});

describe("bootstrapInterval", () => {
  it("holds the median, is the same every time and narrower with more samples", () => {
    const few = Array.from({ length: 30 }, (_, index) => index % 10);
    const many = Array.from({ length: 480 }, (_, index) => index % 10);
    const { low, high } = bootstrapInterval(few);
    expect(low).toBeLessThanOrEqual(4.5);
    expect(high).toBeGreaterThanOrEqual(4.5);
    expect(bootstrapInterval(few)).toEqual({ low, high });
    const narrow = bootstrapInterval(many);
    expect(narrow.high - narrow.low).toBeLessThan(high - low);
  });

  it("is one point where all samples are the same", () => {
    expect(bootstrapInterval([5, 5, 5])).toEqual({ low: 5, high: 5 });
  });

  it("is no number where there are no samples", () => {
    expect(bootstrapInterval([])).toEqual({ low: Number.NaN, high: Number.NaN });
  });
});

describe("jainIndex", () => {
  it.each([
    [[1, 1, 1, 1], 1],
    [[4, 0, 0, 0], 0.25],
    [[1, 3], 0.8],
    [[0, 0], 1],
  ])("of %j is %d", (shares, expected) => {
    expect(jainIndex(shares)).toBeCloseTo(expected, 10);
  });

  it("lies between 1/n and 1, whatever the unit", () => {
    const shares = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(shares, (values) => {
        const index = jainIndex(values);
        expect(index).toBeGreaterThanOrEqual(1 / values.length - 1e-9);
        expect(index).toBeLessThanOrEqual(1 + 1e-9);
        expect(jainIndex(values.map((value) => value * 7))).toBeCloseTo(index, 9);
      }),
    );
  });
});

describe("linearSlope", () => {
  it("finds the line and is sure of it", () => {
    const { slope, error } = linearSlope([0, 1, 2, 3, 4].map((x) => [x, 3 * x + 2]));
    expect(slope).toBeCloseTo(3, 10);
    expect(error).toBeCloseTo(0, 6);
  });

  it("is not sure of noise", () => {
    const { slope, error } = linearSlope([5, -5, 5, -5, 5, -5, 5, -5].map((y, x) => [x, y]));
    expect(Math.abs(slope)).toBeLessThan(2 * error);
  });

  it.each([
    [[]],
    [[[1, 1]]],
    [
      [
        [1, 1],
        [1, 2],
        [1, 3],
      ],
    ],
  ] as [number, number][][][])("is no number for %j", (points) => {
    expect(linearSlope(points).slope).toBeNaN();
  });
});

describe("summarize", () => {
  it("does not change what it is given", () => {
    const samples = [3, 1, 2];
    expect(summarize(samples)).toMatchObject({ count: 3, mean: 2, min: 1, p50: 2, max: 3 });
    expect(samples).toEqual([3, 1, 2]);
  });
});

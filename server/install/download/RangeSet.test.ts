import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RangeSet } from "./RangeSet.js";

describe("RangeSet", () => {
  it("joins what touches or overlaps", () => {
    const set = new RangeSet([
      { start: 10, end: 20 },
      { start: 0, end: 5 },
      { start: 20, end: 25 },
    ]);
    expect(set.ranges).toEqual([
      { start: 0, end: 5 },
      { start: 10, end: 25 },
    ]);
    set.add(4, 11);
    expect(set.ranges).toEqual([{ start: 0, end: 25 }]);
  });

  it("is, for any ranges, what a list of single bytes would be", () => {
    const range = fc.tuple(fc.nat(60), fc.nat(20)).map(([start, length]) => ({ start, end: start + length }));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 20 }), fc.integer({ min: 1, max: 30 }), (ranges, maxBytes) => {
        const set = new RangeSet(ranges);
        const bytes = new Set(
          ranges.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i)),
        );
        const sizeBytes = 80;
        expect(set.totalBytes).toBe(bytes.size);
        let prefix = 0;
        while (bytes.has(prefix)) prefix++;
        expect(set.prefixBytes).toBe(prefix);
        const gap = set.firstGap(sizeBytes, maxBytes);
        expect(gap?.start).toBe(prefix);
        let end = prefix;
        while (end < sizeBytes && !bytes.has(end) && end - prefix < maxBytes) end++;
        expect(gap?.end).toBe(end);
      }),
    );
  });

  it("has no gap when all is there", () => {
    expect(new RangeSet([{ start: 0, end: 80 }]).firstGap(80, 10)).toBeUndefined();
    expect(new RangeSet().firstGap(0, 10)).toBeUndefined();
  });
});

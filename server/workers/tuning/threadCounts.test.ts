import { describe, expect, it } from "vitest";
import { fewest, threadCounts } from "./threadCounts.js";

describe("numbers of threads", () => {
  it("tries every number of threads on few cores and a handful on many", () => {
    expect(threadCounts(1)).toEqual([1]);
    expect(threadCounts(2)).toEqual([1, 2]);
    expect(threadCounts(6)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(threadCounts(16)).toEqual([1, 2, 4, 8, 15, 16]);
  });

  it("takes the fewest threads that are about as fast as the fastest", () => {
    const speeds = new Map(
      [10, 19.5, 20, 12].map((writePerSecond, index) => [index + 1, { writePerSecond, readPerSecond: 1, loadMs: 0 }]),
    );
    expect(fewest(speeds, (speed) => speed.writePerSecond)).toBe(2);
    expect(fewest(speeds, (speed) => speed.readPerSecond)).toBe(1);
  });
});

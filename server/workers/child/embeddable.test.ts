import { expect, it } from "vitest";
import { embeddable, ofLengthOne, refuseOvercommit } from "./embeddable.js";

it("cuts what may be cut, and refuses the rest", () => {
  expect(embeddable([1, 2, 3], 2, true)).toEqual([1, 2]);
  expect(embeddable([1, 2], 2, false)).toEqual([1, 2]);
  expect(() => embeddable([1, 2, 3], 2, false)).toThrow(expect.objectContaining({ code: "context_full" }));
  expect(() => embeddable([], 2, true)).toThrow(expect.objectContaining({ code: "bad_request" }));
});

it("takes no memory that is not there, and says how much that would be", () => {
  refuseOvercommit(1e9, 4e9);
  expect(() => refuseOvercommit(4e9, 4e9)).toThrow(
    expect.objectContaining({
      code: "memory_short",
      message: expect.stringContaining("takes 4.0 GB more and 3.5 GB are free"),
    }),
  );
});

it("scales to length 1", () => {
  expect(ofLengthOne([3, 4])).toEqual([0.6, 0.8]);
  expect(ofLengthOne([0, 0])).toEqual([0, 0]);
});

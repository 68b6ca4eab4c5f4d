import { expect, it } from "vitest";
import { PromptLookup } from "./PromptLookup.js";

it("guesses what followed the last time", () => {
  const lookup = new PromptLookup([1, 2, 3, 4, 5, 6, 9, 1, 2]);
  expect(lookup.guess(4)).toEqual([]);
  lookup.push(3);
  expect(lookup.guess(2)).toEqual([4, 5]);
  expect(lookup.guess(9)).toEqual([4, 5, 6, 9, 1, 2, 3, 4, 5]);
  expect(lookup.guess(-1)).toEqual([]);
  lookup.push(7);
  expect(lookup.guess(2)).toEqual([]);
});

it("prefers the latest occurrence, and sees what overlaps itself", () => {
  const lookup = new PromptLookup([1, 2, 3, 4, 0, 1, 2, 3, 5, 0, 1, 2, 3]);
  expect(lookup.guess(1)).toEqual([5]);
  expect(new PromptLookup([8, 8, 8, 8]).guess(3)).toEqual([8, 8, 8]);
});

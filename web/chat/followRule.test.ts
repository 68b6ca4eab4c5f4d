import { expect, it } from "vitest";
import { followRule } from "./followRule.js";

it("lets go as soon as the reader takes over, even near the end", () => {
  expect(followRule(true, { type: "released" })).toBe(false);
  expect(followRule(false, { type: "scrolled", movedDown: false, distance: 10 })).toBe(false);
});

it("follows again when the reader scrolls down to the end or jumps there", () => {
  expect(followRule(false, { type: "scrolled", movedDown: true, distance: 80 })).toBe(true);
  expect(followRule(false, { type: "scrolled", movedDown: true, distance: 81 })).toBe(false);
  expect(followRule(false, { type: "jumped" })).toBe(true);
});

it("is not shaken off by the page's own scrolling", () => {
  expect(followRule(true, { type: "scrolled", movedDown: true, distance: 500 })).toBe(true);
});

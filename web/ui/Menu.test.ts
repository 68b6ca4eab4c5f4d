import { describe, expect, it } from "vitest";
import { indexAfterKey } from "./Menu.js";

describe("indexAfterKey", () => {
  const labels = ["Rename", "Pin", "Export", "Remove"];
  it.each([
    ["ArrowDown", -1, 0],
    ["ArrowDown", 3, 0],
    ["ArrowUp", 0, 3],
    ["Home", 2, 0],
    ["End", 0, 3],
    ["r", 0, 3],
    ["R", 3, 0],
    ["x", 0, undefined],
    ["Enter", 0, undefined],
    [" ", 0, undefined],
  ] as const)("leads with %s from %i to %s", (key, at, next) => {
    expect(indexAfterKey(key, at, labels)).toBe(next);
  });

  it("leads nowhere in an empty list", () => {
    expect(indexAfterKey("ArrowDown", -1, [])).toBeUndefined();
  });
});

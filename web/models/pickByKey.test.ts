import { expect, it } from "vitest";
import { pickByKey } from "./pickByKey.js";

const names = ["Alpaca 7B", "LLaMA 7B", "LLaMA 13B", "Tiny"];

it("moves with the arrows and stops at the ends", () => {
  expect(pickByKey("ArrowDown", 0, names)).toBe(1);
  expect(pickByKey("ArrowDown", 3, names)).toBe(3);
  expect(pickByKey("ArrowUp", 0, names)).toBe(0);
  expect([pickByKey("Home", 2, names), pickByKey("End", 0, names)]).toEqual([0, 3]);
});

it("goes to the next name that begins with a letter, round and round", () => {
  expect(pickByKey("l", 0, names)).toBe(1);
  expect(pickByKey("L", 1, names)).toBe(2);
  expect(pickByKey("l", 2, names)).toBe(1);
});

it("leaves other keys alone", () => {
  for (const key of ["Enter", " ", "Tab", "z"]) expect(pickByKey(key, 0, names)).toBeUndefined();
  expect(pickByKey("ArrowDown", -1, [])).toBeUndefined();
});

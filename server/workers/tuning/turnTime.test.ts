import { expect, it } from "vitest";
import { turnMs } from "./turnTime.js";

it("compares by what a turn takes", () => {
  expect(turnMs({ readPerSecond: 256, writePerSecond: 64 })).toBe(3000);
});

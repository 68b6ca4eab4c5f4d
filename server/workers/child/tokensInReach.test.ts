import { expect, it } from "vitest";
import { tokensInReach } from "./tokensInReach.js";

const sequence = (swaSize: number | undefined, stateCellsStartIndex: number) => ({
  needsCheckpoints: true,
  nextTokenIndex: 1000,
  stateCellsStartIndex,
  model: { fileInsights: { swaSize } },
});

it("a sequence whose window is still whole is taken back to where it should be", () => {
  expect(tokensInReach(sequence(64, 232), 297)).toBe(297);
  expect(tokensInReach(sequence(64, 0), 10)).toBe(10);
  expect(tokensInReach(sequence(64, -1), 0)).toBe(0);
});

it("one that lacks part of the window there is taken back to where the engine sees that it has to do something", () => {
  expect(tokensInReach(sequence(64, 232), 296)).toBe(232);
  expect(tokensInReach(sequence(64, 232), 100)).toBe(100);
  expect(tokensInReach(sequence(64, 936), 999)).toBe(936);
});

it("nothing is taken back where everything is kept, and nothing is missing where no window slides", () => {
  expect(tokensInReach(sequence(64, 936), 1000)).toBe(1000);
  expect(tokensInReach(sequence(undefined, 999), 500)).toBe(500);
  expect(tokensInReach({ ...sequence(64, 936), needsCheckpoints: false }, 990)).toBe(990);
});

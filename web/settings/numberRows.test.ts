import { describe, expect, it } from "vitest";
import { samplingLimits } from "../../server/protocol/samplingLimits.js";
import { advancedRows, basicRows, limitsOf, readNumberIn, sliderFraction } from "./numberRows.js";

const rows = [...basicRows, ...advancedRows];
const [temperature, maxTokens] = basicRows;
if (!temperature || !maxTokens) throw new Error("the basic rows are missing");

it("has a row for every number with a default, and every slider within its limits, its default on it", () => {
  const keys = Object.entries(samplingLimits).flatMap(([key, limits]) => ("default" in limits ? [key] : []));
  expect(rows.map(({ key }) => key).sort()).toEqual(keys.sort());
  for (const { key, sliderMin, sliderMax } of rows) {
    const { min, max, default: usual } = samplingLimits[key];
    expect([key, sliderMin >= min, sliderMax <= max]).toEqual([key, true, true]);
    expect([key, usual >= sliderMin, usual <= sliderMax]).toEqual([key, true, true]);
  }
});

it("tells where a value stands on its slider", () => {
  expect(sliderFraction(temperature, 0.5)).toBe(0.25);
  expect(sliderFraction(temperature, 5)).toBe(1);
});

it("takes what the box allows, more than the slider has", () => {
  expect(readNumberIn(limitsOf(temperature), "4.25")).toEqual({ value: 4.25 });
  expect(readNumberIn(limitsOf(maxTokens), "100000")).toEqual({ value: 100_000 });
});

describe("what is no such number", () => {
  it.each(["", " ", "-0.1", "5.1", "warm", "NaN"])("says what would be right for %j", (text) => {
    expect(readNumberIn(limitsOf(temperature), text)).toEqual({ problem: "Between 0 and 5." });
  });

  it("wants whole tokens", () => {
    expect(readNumberIn(limitsOf(maxTokens), "1.5")).toEqual({ problem: "A whole number between 1 and 1,000,000." });
  });
});

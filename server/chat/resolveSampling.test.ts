import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { samplingSchema } from "../protocol/sampling.js";
import { samplingLimits } from "../protocol/samplingLimits.js";
import { resolveSampling } from "./resolveSampling.js";

it("takes the request's value, then the model's, then the table's", () => {
  const model = { temperature: 0.7, topP: 0.9 };
  expect(resolveSampling({ temperature: 0 }, model)).toMatchObject({ temperature: 0, topP: 0.9, topK: 40 });
  const { seed } = resolveSampling();
  expect(seed).toBeGreaterThanOrEqual(samplingLimits.seed.min);
  expect(seed).toBeLessThanOrEqual(samplingLimits.seed.max);
});

it("turns a JSON schema into a grammar that is completed at a limit; a grammar of one's own is not", () => {
  const json = resolveSampling({ jsonSchema: true });
  expect(json).toMatchObject({ completeAtLimit: true, grammar: expect.stringMatching(/^root ::= /) });
  expect(json).not.toHaveProperty("jsonSchema");
  const own = resolveSampling({ grammar: 'root ::= "a"' });
  expect(own.grammar).toBe('root ::= "a"\n');
  expect(own.completeAtLimit).toBeUndefined();
  expect(resolveSampling()).not.toHaveProperty("grammar");
});

describe("the schema", () => {
  it("refuses every number outside its limits, and what is no number", () => {
    for (const [name, { min, max }] of Object.entries(samplingLimits)) {
      for (const value of [min - 1, max + 1, Number.NaN, Number.POSITIVE_INFINITY, -(2 ** 53), "1", [], {}])
        expect([name, value, samplingSchema.safeParse({ [name]: value }).success]).toEqual([name, value, false]);
      for (const value of [min, max])
        expect([name, value, samplingSchema.safeParse({ [name]: value }).success]).toEqual([name, value, true]);
    }
  });

  it("never throws, and takes nothing beside the limits, whatever comes", () => {
    const names = Object.keys(samplingSchema.shape);
    const anything = fc.dictionary(fc.constantFrom(...names), fc.anything());
    fc.assert(
      fc.property(anything, (value) => {
        const parsed = samplingSchema.safeParse(value);
        if (!parsed.success) return;
        for (const [name, { min, max }] of Object.entries(samplingLimits)) {
          const given = parsed.data[name as keyof typeof samplingLimits];
          if (given !== undefined) expect(given >= min && given <= max).toBe(true);
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});

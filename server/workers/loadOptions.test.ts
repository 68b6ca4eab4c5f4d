import { describe, expect, it } from "vitest";
import { usableCores } from "../platform/freeCores.js";
import { chooseHolding } from "./loadOptions.js";
import type { EngineSettings } from "./tuning/Tuning.js";

const model = { sizeBytes: 4e9 };
const shape = (contextTokens: number, headSize = 128) => ({
  contextTokens,
  keyLength: headSize,
  valueLength: headSize,
});
const options = { contextTokens: 8192, maxThreads: 0 };
const tuned: EngineSettings = {
  threads: 1,
  batchThreads: 1,
  flashAttention: "auto",
  kvCacheType: "q8_0",
  weightsIn: "mapped",
};

describe("chooseHolding", () => {
  it("takes what was chosen before what was measured before the usual", () => {
    const { usual, wished } = chooseHolding(model, shape(32_768), options, tuned, { contextTokens: 16_384 });
    expect(usual).toEqual({ contextTokens: 8192, kvCacheType: "q8_0", threads: 1 });
    expect(wished).toEqual({ contextTokens: 16_384, kvCacheType: "q8_0", threads: 1 });
    expect(chooseHolding(model, shape(32_768), options, tuned, { kvCacheType: "q4_0" }).wished.kvCacheType).toBe(
      "q4_0",
    );
  });

  it("goes beyond neither the model's own context nor the threads there are", () => {
    const chosen = { contextTokens: 1_000_000, threads: 1000 };
    const { wished } = chooseHolding(model, shape(2048), options, undefined, chosen);
    expect(wished).toMatchObject({ contextTokens: 2048, threads: usableCores() });
    expect(chooseHolding(model, shape(2048), { ...options, maxThreads: 1 }, undefined, chosen).wished.threads).toBe(1);
  });

  it("keeps the KV cache of a model with odd heads as f16, whatever was said of all models", () => {
    const odd = shape(2048, 100);
    const { usual, wished } = chooseHolding(model, odd, { ...options, kvCacheType: "q8_0" }, tuned, {});
    expect([usual.kvCacheType, wished.kvCacheType]).toEqual(["f16", "f16"]);
    expect(chooseHolding(model, odd, options, tuned, { kvCacheType: "q4_0" }).wished.kvCacheType).toBe("f16");
    const even = chooseHolding(model, shape(2048), { ...options, kvCacheType: "q8_0" }, undefined, {});
    expect(even.wished.kvCacheType).toBe("q8_0");
  });

  it("reads prompts with the threads that were chosen, not with those that were measured", () => {
    const most = { ...options, maxThreads: 2 };
    const threads = Math.min(2, usableCores());
    expect(chooseHolding(model, shape(2048), most, tuned, {}).batchThreads).toBe(1);
    expect(chooseHolding(model, shape(2048), most, tuned, { threads }).batchThreads).toBe(threads);
    expect(chooseHolding(model, shape(2048), most, undefined, { threads: 1 }).batchThreads).toBe(1);
  });

  it("reads prompts of a small model with every core, though it writes with one thread", () => {
    const small = chooseHolding({ sizeBytes: 9e6 }, shape(2048), options, undefined, {});
    expect(small).toMatchObject({ wished: { threads: 1 }, batchThreads: usableCores() });
  });
});

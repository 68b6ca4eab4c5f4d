import { expect, it } from "vitest";
import { tinyConfig } from "../fixtures/tinyLlama.js";
import { readHuggingFaceConfig } from "./readHuggingFaceConfig.js";
import { ropeFrequencies } from "./ropeFrequencies.js";

const scaled = (changes: object) =>
  ropeFrequencies(
    readHuggingFaceConfig({
      ...tinyConfig,
      rope_theta: 500_000,
      head_dim: 128,
      rope_scaling: {
        rope_type: "llama3",
        factor: 8,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 8192,
        ...changes,
      },
    }),
  );

it("is undefined for models without LLaMA 3.1's scaling", () => {
  expect(ropeFrequencies(readHuggingFaceConfig(tinyConfig))).toBeUndefined();
});

it("keeps short wavelengths, slows long ones down and blends between", () => {
  const factors = scaled({}) ?? new Float32Array();
  expect(factors).toHaveLength(64);
  // Wavelengths below 8192 / 4 tokens stay, those above 8192 / 1 are slowed down by the whole factor.
  const wavelength = (pair: number) => 2 * Math.PI * 500_000 ** ((2 * pair) / 128);
  for (const [pair, factor] of factors.entries()) {
    if (wavelength(pair) < 2048) expect(factor).toBe(1);
    else if (wavelength(pair) > 8192) expect(factor).toBe(8);
    else {
      const smooth = (8192 / wavelength(pair) - 1) / (4 - 1);
      expect(factor).toBeCloseTo(1 / ((1 - smooth) / 8 + smooth), 4);
      expect(factor).toBeGreaterThan(1);
      expect(factor).toBeLessThan(8);
    }
  }
  expect([...factors].filter((factor) => factor > 1 && factor < 8).length).toBeGreaterThan(3);
});

it("takes another factor", () => {
  expect(scaled({ factor: 32 })?.at(-1)).toBe(32);
});

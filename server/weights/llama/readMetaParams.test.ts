import { describe, expect, it } from "vitest";
import { tinyParams } from "../fixtures/tinyLlama.js";
import { readMetaParams } from "./readMetaParams.js";

const vocabularySize = 32_000;

describe("readMetaParams", () => {
  it("reads a model's shape", () => {
    expect(readMetaParams(tinyParams, { vocabularySize: 300, contextTokens: 128 })).toEqual({
      contextTokens: 128,
      embeddingLength: 64,
      blockCount: 2,
      feedForwardLength: 192,
      headCount: 4,
      keyValueHeadCount: 2,
      headLength: 16,
      headLengthIsExplicit: false,
      vocabularySize: 300,
      rmsEpsilon: 1e-5,
      ropeTheta: 10_000,
      ropeScaling: undefined,
      tiedEmbeddings: false,
    });
  });

  it.each([
    [
      "LLaMA 7B",
      { dim: 4096, multiple_of: 256, n_heads: 32, n_layers: 32, norm_eps: 1e-6, vocab_size: -1 },
      { feedForwardLength: 11_008, contextTokens: 2048, keyValueHeadCount: 32 },
    ],
    [
      "LLaMA 13B",
      { dim: 5120, multiple_of: 256, n_heads: 40, n_layers: 40, norm_eps: 1e-6, vocab_size: -1 },
      { feedForwardLength: 13_824 },
    ],
    [
      "LLaMA 30B",
      { dim: 6656, multiple_of: 256, n_heads: 52, n_layers: 60, norm_eps: 1e-6, vocab_size: -1 },
      { feedForwardLength: 17_920 },
    ],
    [
      "LLaMA 65B",
      { dim: 8192, multiple_of: 256, n_heads: 64, n_layers: 80, norm_eps: 1e-5, vocab_size: -1 },
      { feedForwardLength: 22_016 },
    ],
    [
      "LLaMA 2 70B",
      {
        dim: 8192,
        multiple_of: 4096,
        ffn_dim_multiplier: 1.3,
        n_heads: 64,
        n_kv_heads: 8,
        n_layers: 80,
        norm_eps: 1e-5,
        vocab_size: -1,
      },
      { feedForwardLength: 28_672, contextTokens: 4096 },
    ],
    [
      "Code LLaMA 7B",
      { dim: 4096, multiple_of: 256, n_heads: 32, n_layers: 32, norm_eps: 1e-5, rope_theta: 1_000_000, vocab_size: -1 },
      { contextTokens: 16_384, ropeTheta: 1_000_000 },
    ],
    [
      "LLaMA 3 8B",
      {
        dim: 4096,
        multiple_of: 1024,
        ffn_dim_multiplier: 1.3,
        n_heads: 32,
        n_kv_heads: 8,
        n_layers: 32,
        norm_eps: 1e-5,
        rope_theta: 500_000,
        vocab_size: 128_256,
      },
      { feedForwardLength: 14_336, contextTokens: 8192, ropeScaling: undefined },
    ],
  ])("knows the shape of %s", (_title, params, expected) => {
    expect(
      readMetaParams(params, { vocabularySize: params.vocab_size > 0 ? params.vocab_size : vocabularySize }),
    ).toMatchObject(expected);
  });

  it('knows LLaMA 3.1\'s RoPE scaling, also inside of "model"', () => {
    const model = { ...tinyParams, rope_theta: 500_000, use_scaled_rope: true };
    expect(readMetaParams({ model }, { vocabularySize })).toMatchObject({
      contextTokens: 131_072,
      ropeScaling: {
        type: "llama3",
        factor: 8,
        lowFrequencyFactor: 1,
        highFrequencyFactor: 4,
        originalContextTokens: 8192,
      },
    });
  });
});

describe("readMetaParams on what it cannot use", () => {
  it.each<[string, object, RegExp]>([
    ["no width", { dim: undefined }, /"dim" is missing/],
    ["no epsilon", { norm_eps: undefined }, /"norm_eps" is missing/],
    ["another vocabulary", { vocab_size: 5 }, /"vocab_size" is 5, but the weights have 32000/],
    ["heads that do not divide the width", { n_heads: 5 }, /not a multiple/],
  ])("refuses %s", (_title, changes, message) => {
    expect(() => readMetaParams({ ...tinyParams, ...changes }, { vocabularySize })).toThrow(message);
  });
});

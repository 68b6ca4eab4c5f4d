import { describe, expect, it } from "vitest";
import { tinyConfig } from "../fixtures/tinyLlama.js";
import { readHuggingFaceConfig } from "./readHuggingFaceConfig.js";

describe("readHuggingFaceConfig", () => {
  it("reads a model's shape", () => {
    expect(readHuggingFaceConfig(tinyConfig)).toEqual({
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

  it("takes transformers' defaults, as LLaMA 1 needs them", () => {
    const { num_key_value_heads, rope_theta, max_position_embeddings, ...llama1 } = tinyConfig;
    expect(readHuggingFaceConfig({ ...llama1, architectures: ["LLaMAForCausalLM"], rope_scaling: null })).toMatchObject(
      {
        keyValueHeadCount: 4,
        ropeTheta: 10_000,
        contextTokens: 2048,
      },
    );
  });

  it("takes a head length of its own", () => {
    expect(readHuggingFaceConfig({ ...tinyConfig, head_dim: 32 })).toMatchObject({
      headLength: 32,
      headLengthIsExplicit: true,
    });
  });

  it.each([
    [{ rope_type: "default" }, undefined],
    [
      { type: "linear", factor: 2 },
      { type: "linear", factor: 2 },
    ],
    [
      {
        rope_type: "llama3",
        factor: 32,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 8192,
      },
      { type: "llama3", factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContextTokens: 8192 },
    ],
    [
      { type: "yarn", factor: 16, original_max_position_embeddings: 4096, beta_fast: 32, attn_factor: 0.5 },
      { type: "yarn", factor: 16, originalContextTokens: 4096, betaFast: 32, attentionFactor: 0.5 },
    ],
  ])("reads the RoPE scaling %j", (scaling, expected) => {
    expect(readHuggingFaceConfig({ ...tinyConfig, rope_scaling: scaling }).ropeScaling).toEqual(expected);
  });

  it("reads RoPE parameters in transformers 5's place", () => {
    const { rope_theta, ...config } = tinyConfig;
    const rope_parameters = { rope_theta: 500_000, rope_type: "linear", factor: 4 };
    expect(readHuggingFaceConfig({ ...config, rope_parameters })).toMatchObject({
      ropeTheta: 500_000,
      ropeScaling: { type: "linear", factor: 4 },
    });
  });
});

describe("readHuggingFaceConfig on what it cannot use", () => {
  it.each<[string, object, RegExp]>([
    ["another architecture", { architectures: ["GemmaForCausalLM"] }, /"GemmaForCausalLM" cannot be converted/],
    ["no architecture", { architectures: [], model_type: "bert" }, /"bert" cannot be converted/],
    ["no text as its kind", { architectures: [null], model_type: { a: 1 } }, /"unknown" cannot be converted/],
    ["another activation", { hidden_act: "gelu" }, /"gelu" instead of "silu"/],
    ["unknown RoPE scaling", { rope_scaling: { rope_type: "longrope" } }, /"longrope" is not known/],
  ])("says so for %s", (_title, changes, message) => {
    const read = () => readHuggingFaceConfig({ ...tinyConfig, ...changes });
    expect(read).toThrow(message);
    expect(read).toThrow(
      expect.objectContaining({ code: "architecture_unsupported", hint: expect.stringContaining("GGUF") }),
    );
  });

  it("names the architectures that it knows", () => {
    expect(() => readHuggingFaceConfig({ ...tinyConfig, architectures: ["X"] })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("LlamaForCausalLM") }),
    );
  });

  it.each<[string, object, RegExp]>([
    ["quantized weights", { quantization_config: { quant_method: "gptq" } }, /quantized already/],
    ["0 heads", { num_attention_heads: 0 }, /"num_attention_heads" is 0/],
    ["a fraction of a layer", { num_hidden_layers: 1.5 }, /"num_hidden_layers" is 1.5/],
    ["1000 layers", { num_hidden_layers: 1000 }, /at most 512/],
    ["no vocabulary", { vocab_size: undefined }, /"vocab_size" is missing/],
    ["a width as text", { hidden_size: "64" }, /"hidden_size" is "64"/],
    ["heads that do not divide the width", { num_attention_heads: 5 }, /not a multiple/],
    ["key/value heads that do not divide the heads", { num_key_value_heads: 3 }, /cannot share 3/],
    ["an odd head length", { head_dim: 15 }, /not even/],
    ["epsilon 0", { rms_norm_eps: 0 }, /"rms_norm_eps" is 0/],
    ["a scaling without a factor", { rope_scaling: { type: "linear" } }, /"factor" is missing/],
  ])("refuses %s", (_title, changes, message) => {
    const read = () => readHuggingFaceConfig({ ...tinyConfig, ...changes });
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: "checkpoint_invalid" }));
  });
});

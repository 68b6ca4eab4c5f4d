import { describe, expect, it } from "vitest";
import { contextOptions, headSizeOf } from "./contextOptions.js";

const cpu = (headSize: number) => ({ gpu: false as const, headSize });

describe("contextOptions", () => {
  it("leaves flash attention to the engine where heads fit the CPU's kernel, and switches it off where they do not", () => {
    expect(contextOptions({}, cpu(64))).toEqual({});
    expect(contextOptions({}, cpu(128))).toEqual({});
    expect(contextOptions({}, cpu(48))).toEqual({ flashAttention: false });
    expect(contextOptions({}, { gpu: "cuda", headSize: 48 })).toEqual({});
  });

  it("switches it off when that was found best", () => {
    expect(contextOptions({ flashAttention: "off" }, cpu(64))).toEqual({ flashAttention: false });
  });

  it("has it where somebody wants it or guesses ahead", () => {
    expect(contextOptions({ flashAttention: "on" }, cpu(48))).toEqual({ flashAttention: true });
    const speculation = { draftTokens: 4, breakEvenTokens: 1 };
    expect(contextOptions({ speculation, flashAttention: "off" }, cpu(48))).toEqual({ flashAttention: true });
    const draft = { modelPath: "small.gguf", contextTokens: 512, maxThreads: 1, guessTokens: 8 };
    expect(contextOptions({ draft }, cpu(48))).toEqual({ flashAttention: true });
  });

  it("has it for a quantized KV cache always", () => {
    expect(contextOptions({ kvCacheType: "q8_0", flashAttention: "off" }, cpu(48))).toMatchObject({
      flashAttention: true,
      experimentalKvCacheKeyType: "Q8_0",
    });
  });
});

describe("headSizeOf", () => {
  it("reads the head's size or makes it out of the width", () => {
    expect(headSizeOf({ embedding_length: 288, attention: { head_count: 6 } })).toBe(48);
    expect(headSizeOf({ embedding_length: 2048, attention: { head_count: [32, 32], key_length: 128 } })).toBe(128);
    expect(headSizeOf({})).toBe(0);
  });
});

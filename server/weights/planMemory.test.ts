import { describe, expect, it } from "vitest";
import { estimateMemory, kvBytesPerToken, planMemory } from "./planMemory.js";

/** LLaMA 7B as Q4_K_M. */
const llama7B = {
  blockCount: 32,
  keyValueHeadCount: 32,
  keyLength: 128,
  valueLength: 128,
  contextTokens: 2048,
  embeddingLength: 4096,
  feedForwardLength: 11_008,
  vocabularySize: 32_000,
  tensorSizeBytes: 4.08e9,
} as Parameters<typeof planMemory>[0];

describe("planMemory", () => {
  it("knows what a token of LLaMA 7B takes: half a MiB", () => {
    expect(kvBytesPerToken(llama7B)).toBe(512 * 1024);
  });

  it("counts what a quantized KV cache saves", () => {
    expect(kvBytesPerToken(llama7B, "q8_0") / kvBytesPerToken(llama7B)).toBeCloseTo(0.531, 3);
    const wishes = { contextTokens: 8192, availableBytes: 14e9 };
    expect(planMemory(llama7B, { ...wishes, kvCacheType: "q4_0" }).sequences).toBeGreaterThan(
      planMemory(llama7B, wishes).sequences,
    );
  });

  it("gives a 7B at least four lanes on a machine with 16 GB", () => {
    const plan = planMemory(llama7B, { contextTokens: 8192, availableBytes: 14e9 });
    expect(plan).toMatchObject({ contextTokens: 2048, sequences: 4 });
    expect(plan.totalBytes).toBeLessThan(14e9);
  });

  it("takes more lanes only from memory that nothing else needs", () => {
    expect(planMemory(llama7B, { contextTokens: 8192, availableBytes: 64e9 }).sequences).toBe(13);
    expect(planMemory(llama7B, { contextTokens: 8192, availableBytes: 256e9 }).sequences).toBe(16);
  });

  it("shortens the context before it refuses", () => {
    const plan = planMemory(llama7B, { contextTokens: 8192, availableBytes: 5e9 });
    expect(plan.sequences).toBe(1);
    expect(plan.contextTokens).toBeLessThan(2048);
    expect(plan.contextTokens % 256).toBe(0);
    expect(plan.totalBytes).toBeLessThanOrEqual(5e9);
  });

  it("gives the honest number when nothing helps", () => {
    const plan = planMemory(llama7B, { contextTokens: 8192, availableBytes: 2e9 });
    expect(plan.contextTokens).toBe(512);
    expect(plan.totalBytes).toBeGreaterThan(4e9);
  });

  it("adds up", () => {
    const plan = estimateMemory(llama7B, 1024, 2);
    expect(plan.totalBytes).toBe(plan.weightsBytes + plan.kvCacheBytes + plan.restBytes);
    expect(plan.kvCacheBytes).toBe(2 ** 30);
  });
});

import { describe, expect, it } from "vitest";
import type { LoadPlan } from "../../server/protocol/loadSettings.js";
import { costOfLoading } from "./costOfLoading.js";

const memory = (totalBytes: number, contextTokens = 2048) => ({
  weightsBytes: 4e9,
  kvCacheBytes: totalBytes - 4.2e9,
  restBytes: 0.2e9,
  totalBytes,
  contextTokens,
  sequences: 2,
});
const plan = (change: Partial<LoadPlan> = {}): LoadPlan => ({
  settings: {},
  usual: { contextTokens: 2048, kvCacheType: "f16", threads: 8 },
  limits: { contextTokens: 32_768, kvCacheTypes: ["f16", "q8_0", "q4_0"], threads: 16 },
  memory: memory(6e9),
  drafts: [],
  availableBytes: 10e9,
  ...change,
});

describe("what a model costs in memory", () => {
  it("is told before it is loaded", () => {
    expect(costOfLoading(plan(), {})).toEqual({
      fits: true,
      text: "Takes 6 GB of memory. 2 replies at the same time.",
    });
  });

  it("is told as a change of what it takes now", () => {
    const more = plan({ loaded: memory(4.8e9) });
    expect(costOfLoading(more, { contextTokens: 8192 }).text).toContain("Takes 6 GB of memory (+1.2 GB).");
    const less = plan({ loaded: memory(6.5e9) });
    expect(costOfLoading(less, { kvCacheType: "q8_0" }).text).toContain("(−500 MB)");
  });

  it("says when only a shorter context fits, and when nothing does", () => {
    expect(costOfLoading(plan({ memory: memory(9e9, 4096) }), { contextTokens: 8192 }).text).toContain(
      "Only 4,096 tokens of context fit.",
    );
    expect(costOfLoading(plan({ memory: memory(12e9) }), {})).toEqual({
      fits: false,
      text: "Does not fit: 12 GB are needed and 10 GB are free.",
    });
  });
});

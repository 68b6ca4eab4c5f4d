import { describe, expect, it } from "vitest";
import type { LoadedModelInfo } from "./messages.js";
import { returnedBytes } from "./returnedBytes.js";

const plan = {
  contextTokens: 512,
  sequences: 1,
  weightsBytes: 4e9,
  kvCacheBytes: 1e9,
  restBytes: 2e8,
  totalBytes: 5.2e9,
};
const info = (gpu: string | false): LoadedModelInfo => ({
  contextTokens: 512,
  sequences: 1,
  threads: 1,
  hasTemplate: false,
  gpu,
});
const holder = (loaded: LoadedModelInfo | undefined) => ({ worker: { processId: undefined, info: loaded }, plan });

describe("what the end of a worker gives back", () => {
  it("leaves out weights that are mapped, and what is on a GPU, where it cannot be measured", async () => {
    expect(await returnedBytes(holder(info(false)))).toBe(1.2e9);
    expect(await returnedBytes(holder(info("cuda")))).toBe(2e8);
    expect(await returnedBytes(holder(undefined))).toBe(0);
  });

  it.runIf(process.platform === "linux")("is the process's own memory where the system tells", async () => {
    const own = { worker: { processId: process.pid, info: info(false) }, plan };
    const before = await returnedBytes(own);
    expect(before).toBeGreaterThan(1e6);
    expect(before).toBeLessThanOrEqual(process.memoryUsage.rss() * 1.1);
    const taken = Buffer.alloc(300e6, 1);
    expect((await returnedBytes(own)) - before).toBeGreaterThan(200e6);
    expect(taken[0]).toBe(1);
  });
});

import { describe, expect, it } from "vitest";
import { totalMemoryBytes } from "../platform/availableMemory.js";
import { planRoom, reserveBytes } from "./planRoom.js";

/** Gives back 0.2 GB, measured nowhere. */
const holder = {
  worker: {
    processId: undefined,
    info: { contextTokens: 512, sequences: 1, threads: 1, hasTemplate: false, gpu: false as const },
  },
  plan: {
    contextTokens: 512,
    sequences: 1,
    weightsBytes: 9e8,
    kvCacheBytes: 1e8,
    restBytes: 1e8,
    totalBytes: 1.1e9,
  },
};
/** Takes so much, in two lanes where they fit. */
const takes =
  (totalBytes: number, draftBytes = 0) =>
  (availableBytes: number) => {
    const withoutDraft = { ...holder.plan, sequences: totalBytes <= availableBytes ? 2 : 1, totalBytes };
    return { memory: { ...withoutDraft, totalBytes: totalBytes + draftBytes }, withoutDraft };
  };

describe("the memory that a load would have", () => {
  it("is what is free when that is enough, whatever is idle", async () => {
    const { availableBytes } = await planRoom(takes(1e8), 1e8, undefined, [holder, holder]);
    expect(availableBytes).toBe(1e8);
  });

  it("counts what the model has now, and of idle ones as many as a load would close", async () => {
    expect(await planRoom(takes(3e8), 1e8, holder, [holder])).toMatchObject({ availableBytes: 3e8 });
    expect(await planRoom(takes(4e8), 1e8, holder, [holder, holder])).toMatchObject({
      availableBytes: 5e8,
      memory: { sequences: 2 },
    });
    expect(await planRoom(takes(9e8), 1e8, holder, [holder])).toMatchObject({ availableBytes: 5e8 });
  });

  it("has no idle one closed for a draft", async () => {
    const room = await planRoom(takes(1e8, 5e7), 1e8, undefined, [holder]);
    expect(room).toMatchObject({ availableBytes: 1e8, memory: { totalBytes: 1.5e8 } });
    expect(await planRoom(takes(2e8, 5e7), 1e8, undefined, [holder])).toMatchObject({ availableBytes: 3e8 });
  });

  it("is never more than there is", async () => {
    const mostBytes = totalMemoryBytes() - reserveBytes;
    expect((await planRoom(takes(1e18), mostBytes - 1, holder, [holder])).availableBytes).toBe(mostBytes);
  });
});

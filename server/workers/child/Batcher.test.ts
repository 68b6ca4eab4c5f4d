import { describe, expect, it } from "vitest";
import { Batcher, type BatchObservation } from "./Batcher.js";

const batcherWith = (decoding: number, observe: (observation: BatchObservation) => void = () => {}) => {
  const batcher = new Batcher({ begins: () => {}, observe });
  const leave = Array.from({ length: decoding }, () => batcher.enterDecoding());
  const item = (lane: number, tokenCount = 1) => ({
    lane,
    tokens: Array.from({ length: tokenCount }),
    evaluationPriority: batcher.priorityOf(lane),
  });
  const batch = (items: ReturnType<typeof item>[], size = 512) =>
    batcher.strategy({ items, size }).map((entry) => [entry.item.lane, entry.processAmount]);
  return { batcher, leave, item, batch };
};

describe("Batcher", () => {
  it("waits for every decoding sequence and puts them in the order of their lanes", () => {
    const { item, batch, batcher } = batcherWith(3);
    expect(batch([item(2)])).toEqual([]);
    expect(batch([item(2), item(0)])).toEqual([]);
    expect(batch([item(2), item(0), item(1)])).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
    expect([...batcher.batchSizes]).toEqual([[3, 1]]);
  });

  it("does not wait for one that has left", () => {
    const { item, batch, leave } = batcherWith(2);
    expect(batch([item(0)])).toEqual([]);
    leave[1]?.();
    leave[1]?.();
    expect(batch([item(0)])).toEqual([[0, 1]]);
  });

  it("goes on without one that never comes", () => {
    const { item, batch } = batcherWith(2);
    const rounds = Array.from({ length: 1000 }, () => batch([item(0)]).length);
    expect(rounds).toContain(1);
  });

  it("does not wait for one that is aside, which is being written all the same", async () => {
    const { item, batch, batcher } = batcherWith(2);
    let finish: () => void = () => {};
    const aside = batcher.aside(() => new Promise<void>((resolve) => (finish = resolve)));
    expect(batch([item(0)])).toEqual([[0, 1]]);
    expect([batcher.decoding, batcher.writing]).toEqual([1, 2]);
    finish();
    await aside;
    expect([batcher.decoding, batcher.writing]).toEqual([2, 2]);
    await expect(batcher.aside(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect([batcher.decoding, batcher.writing]).toEqual([2, 2]);
  });

  it("gives prompts what the decoding ones leave, evenly, and keeps the lanes' order", () => {
    const { item, batch } = batcherWith(1);
    expect(batch([item(3, 400), item(1, 400), item(2)], 101)).toEqual([
      [1, 50],
      [2, 1],
      [3, 50],
    ]);
  });

  it("tells once per batch how long it took", () => {
    const seen: BatchObservation[] = [];
    const { item, batch, batcher } = batcherWith(2, (observation) => seen.push(observation));
    batch([item(0), item(1), item(2, 10)]);
    batcher.partDone();
    batcher.partDone();
    expect(seen).toEqual([{ decoding: 2, promptTokens: 10, ms: expect.any(Number) }]);
  });

  it("closes its gate while somebody needs the engine alone, and does not wait for full batches then", async () => {
    const { item, batch, batcher } = batcherWith(2);
    expect(batcher.gate()).toBeUndefined();
    let finish: () => void = () => {};
    const alone = batcher.exclusive(() => new Promise<void>((resolve) => (finish = resolve)));
    const second = batcher.exclusive(async () => {});
    await second;
    const gate = batcher.gate();
    expect(gate).toBeInstanceOf(Promise);
    expect(batch([item(0)])).toEqual([[0, 1]]);
    finish();
    await alone;
    await gate;
    expect(batcher.gate()).toBeUndefined();
  });

  it("opens its gate after work that failed", async () => {
    const { batcher } = batcherWith(1);
    await expect(batcher.exclusive(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(batcher.gate()).toBeUndefined();
  });
});

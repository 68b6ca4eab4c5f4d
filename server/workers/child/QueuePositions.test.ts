import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FairQueue } from "./FairQueue.js";
import { QueuePositions } from "./QueuePositions.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A queue whose entries write down what they are told. */
function hundreds() {
  const queue = new FairQueue<ReturnType<typeof waiting>>();
  const positions = new QueuePositions(() => queue.inOrder());
  const waiting = (client: string) => {
    const told: number[] = [];
    return { client, priority: "watched" as const, told, onPosition: (position: number) => told.push(position) };
  };
  const come = (client: string) => {
    const entry = waiting(client);
    queue.push(entry);
    positions.entered(entry);
    return entry;
  };
  const serve = () => {
    const entry = queue.shift();
    positions.moved();
    return entry;
  };
  return { come, serve };
}

describe("QueuePositions", () => {
  it("tells one who comes at once, and nobody what they know", () => {
    const { come } = hundreds();
    const [first, second] = [come("a"), come("a")];
    expect([first.told, second.told]).toEqual([[1], [2]]);
    vi.runAllTimers();
    expect([first.told, second.told]).toEqual([[1], [2]]);
  });

  it("tells those whom a newcomer of another client has come before", () => {
    const { come } = hundreds();
    const [first, second, newcomer] = [come("a"), come("a"), come("b")];
    expect(newcomer.told).toEqual([2]);
    vi.runAllTimers();
    expect([first.told, second.told]).toEqual([[1], [2, 3]]);
  });

  it("tells of many steps as one: the messages do not grow with the square of the queue", () => {
    const { come, serve } = hundreds();
    const entries = Array.from({ length: 512 }, () => come("a"));
    for (let served = 0; served < 16; served++) serve();
    vi.runAllTimers();
    expect(entries[511]?.told).toEqual([512, 496]);
    expect(entries.reduce((sum, { told }) => sum + told.length, 0)).toBeLessThanOrEqual(2 * 512);
  });

  it("tells one who was served nothing more", () => {
    const { come, serve } = hundreds();
    const [first, second] = [come("a"), come("a")];
    expect(serve()).toBe(first);
    vi.runAllTimers();
    expect([first.told, second.told]).toEqual([[1], [2, 1]]);
  });
});

import { describe, expect, it } from "vitest";
import { ThreadShares } from "./ThreadShares.js";

/** A worker that is at work, and what it was told. */
function worker(activeGenerations = 1, gpu: string | false = false) {
  const told: number[] = [];
  return {
    state: "ready" as "ready" | "dead",
    activeGenerations,
    gpu,
    told,
    limitThreads: (threads: number) => void told.push(threads),
  };
}

describe("ThreadShares", () => {
  it("gives one that is alone all of them, and says nothing of what is so already", () => {
    const shares = new ThreadShares(8);
    const [alone, idle] = [worker(), worker(0)];
    shares.share([alone, idle]);
    shares.share([alone, idle]);
    expect([alone.told, idle.told]).toEqual([[], []]);
  });

  it("divides them among those that are at work, and gives them back", () => {
    const shares = new ThreadShares(8);
    const all = [worker(), worker(3), worker(0)] as const;
    shares.share(all);
    expect(all.map(({ told }) => told)).toEqual([[4], [4], []]);
    all[2].activeGenerations = 1;
    shares.share(all);
    expect(all.map(({ told }) => told)).toEqual([[4, 3], [4, 3], [2]]);
    all[0].activeGenerations = 0;
    all[1].state = "dead";
    shares.share(all);
    expect(all.map(({ told }) => told)).toEqual([
      [4, 3],
      [4, 3],
      [2, 8],
    ]);
    all[0].activeGenerations = 1;
    shares.share(all);
    expect(all[0].told).toEqual([4, 3, 4]);
  });

  it("leaves each at least one, and those on a GPU alone", () => {
    const shares = new ThreadShares(2);
    const all = [worker(), worker(), worker(), worker(1, "cuda")];
    shares.share(all);
    expect(all.map(({ told }) => told)).toEqual([[1], [1], [1], []]);
  });
});

import { describe, expect, it } from "vitest";
import { ThreadGovernor } from "./ThreadGovernor.js";

/** Steps every `ms` and looks every 250 ms, as the worker does, until `untilMs`. */
function drive(
  governor: ThreadGovernor,
  clock: { nowMs: number; nextLookMs: number },
  forMs: number,
  stepMs: (threads: number) => number,
  othersBusy: (threads: number) => number,
  decoding = 1,
): number[] {
  const threads: number[] = [];
  for (const endMs = clock.nowMs + forMs; clock.nowMs < endMs; ) {
    const ms = stepMs(governor.threadsFor(decoding));
    clock.nowMs += ms;
    governor.step(decoding, ms, clock.nowMs);
    if (clock.nowMs >= clock.nextLookMs) {
      governor.look(othersBusy(governor.threadsFor(decoding)), clock.nowMs);
      clock.nextLookMs = clock.nowMs + 250;
    }
    threads.push(governor.threadsFor(decoding));
  }
  return threads;
}
const start = (max: number, initial: number) => ({
  governor: new ThreadGovernor({ max, initial, cores: max }),
  clock: { nowMs: 0, nextLookMs: 250 },
});
const quiet = () => 0.1;
/** Scales perfectly. */
const scales = (threads: number) => 40 / threads;

describe("ThreadGovernor", () => {
  it("reads prompts with more threads than it writes with where that was found best, as long as cores are free", () => {
    const governor = new ThreadGovernor({ max: 1, maxBatch: 4, initial: 1, cores: 4 });
    const looks = (busy: number, count: number) => {
      for (let look = 0; look < count; look++) governor.look(busy, look * 250);
      return [governor.threadsFor(1), governor.batchThreads];
    };
    expect(looks(0.1, 2)).toEqual([1, 1]);
    expect(looks(0.1, 1)).toEqual([1, 4]);
    expect(looks(2.1, 1)).toEqual([1, 2]);
    expect(looks(4, 1)).toEqual([1, 1]);
    expect(looks(0, 3)).toEqual([1, 4]);
  });

  it("rises to every free core of a quiet machine within two seconds, and stays there", () => {
    const { governor, clock } = start(4, 1);
    drive(governor, clock, 2000, scales, quiet);
    expect(governor.threadsFor(1)).toBe(4);
    expect(new Set(drive(governor, clock, 20_000, scales, quiet))).toEqual(new Set([4]));
  });

  it("steps down within a few tokens when a step takes many times as long", () => {
    const { governor, clock } = start(4, 4);
    drive(governor, clock, 1000, scales, quiet);
    const before = clock.nowMs;
    const slow = (threads: number) => (threads > 1 ? 400 : 45);
    let tokens = 0;
    while (governor.threadsFor(1) > 1) {
      drive(governor, clock, 1, slow, () => 3);
      tokens++;
    }
    expect(tokens).toBeLessThanOrEqual(6);
    expect(clock.nowMs - before).toBeLessThan(3000);
  });

  it("does not oscillate while others keep the cores, and is back at full speed two seconds after they left", () => {
    const { governor, clock } = start(2, 2);
    drive(governor, clock, 1000, scales, quiet);
    const busy = (threads: number) => (threads > 1 ? 800 : 80);
    drive(governor, clock, 2000, busy, () => 1);
    expect(new Set(drive(governor, clock, 30_000, busy, () => 1))).toEqual(new Set([1]));
    drive(governor, clock, 2000, scales, quiet);
    expect(governor.threadsFor(1)).toBe(2);
  });

  it("is back at full speed two seconds after others left that stayed only for a moment", () => {
    const { governor, clock } = start(2, 2);
    const alone = (threads: number) => 8 / threads;
    // Just after a look: the steps tell of the others before the machine's figures do.
    drive(governor, clock, 1010, alone, quiet);
    drive(
      governor,
      clock,
      4000,
      (threads) => (threads > 1 ? 100 : 9),
      () => 1,
    );
    expect(governor.threadsFor(1)).toBe(1);
    drive(governor, clock, 2000, alone, quiet);
    expect(governor.threadsFor(1)).toBe(2);
  });

  it("takes one slow step for a hiccup", () => {
    const { governor, clock } = start(2, 2);
    drive(governor, clock, 1000, scales, quiet);
    governor.step(1, 500, clock.nowMs);
    expect(governor.threadsFor(1)).toBe(2);
  });

  it("goes back where more threads do not help, and does not try again for a while", () => {
    const { governor, clock } = start(2, 1);
    const worse = (threads: number) => (threads > 1 ? 42 : 40);
    const threads = drive(governor, clock, 15_000, worse, quiet);
    expect(threads.at(-1)).toBe(1);
    expect(threads.filter((count) => count === 2).length).toBeLessThanOrEqual(34);
    expect(threads).toContain(2);
  });

  it("begins with the cores that others leave", () => {
    const { governor } = start(4, 1);
    const begunWith = [0.2, 1.1, 4].map((others) => {
      governor.begin(others);
      return governor.threadsFor(1);
    });
    expect(begunWith).toEqual([4, 3, 1]);
  });

  it("does not mind two hiccups of a model whose steps take no time", () => {
    const { governor, clock } = start(2, 2);
    drive(governor, clock, 1000, () => 2, quiet);
    for (const ms of [7, 7]) governor.step(1, ms, clock.nowMs);
    expect(governor.threadsFor(1)).toBe(2);
    for (const ms of [30, 30]) governor.step(1, ms, clock.nowMs);
    expect(governor.threadsFor(1)).toBe(1);
  });

  it("takes a second core that the server and its clients use half of, and leaves one that another program keeps", () => {
    const { governor, clock } = start(2, 1);
    drive(governor, clock, 3000, scales, () => 0.55);
    expect(governor.threadsFor(1)).toBe(2);
    governor.look(0.85, clock.nowMs);
    expect(governor.threadsFor(1)).toBe(2);
    governor.look(1, clock.nowMs);
    expect(governor.threadsFor(1)).toBe(1);
    expect(new Set(drive(governor, clock, 10_000, scales, () => 1))).toEqual(new Set([1]));
  });

  it("goes back where some steps take so long that the mean is no better", () => {
    const { governor, clock } = start(2, 1);
    let step = 0;
    const uneven = (threads: number) => (threads > 1 ? (++step % 12 === 0 ? 300 : 22) : 40);
    const threads = drive(governor, clock, 10_000, uneven, quiet);
    expect(threads).toContain(2);
    expect(threads.at(-1)).toBe(1);
  });

  it("finds by itself that fewer threads are faster where steps are uneven, though no two long ones follow each other", () => {
    const { governor, clock } = start(2, 2);
    let step = 0;
    const uneven = (threads: number) => (threads > 1 ? (++step % 8 === 0 ? 45 : 2.5) : 3.2);
    const threads = drive(governor, clock, 2000, uneven, quiet);
    expect(threads[0]).toBe(2);
    expect(threads.at(-1)).toBe(1);
    const later = drive(governor, clock, 60_000, uneven, quiet);
    expect(later.filter((count) => count === 2).length).toBeLessThan(later.length * 0.02);
  });

  it("goes back up at once where jumps were no sign of others: fewer threads are slower still", () => {
    const { governor, clock } = start(2, 2);
    let step = 0;
    // Now and then two steps in a row wait for a core.
    const unlucky = (threads: number) => (threads > 1 ? (++step % 40 < 2 ? 36 : 6.6) : 12.7);
    const threads = drive(governor, clock, 20_000, unlucky, () => 0.75, 8);
    expect(threads.filter((count) => count === 1).length).toBeLessThan(threads.length * 0.03);
    expect(threads).toContain(1);
  });

  it("goes back up when fewer threads turn out no faster", () => {
    const { governor, clock } = start(2, 2);
    let step = 0;
    const uneven = (threads: number) => (threads > 1 ? (++step % 8 === 0 ? 40 : 5) : 10);
    const threads = drive(governor, clock, 10_000, uneven, quiet);
    expect(threads.filter((count) => count === 1).length).toBeLessThan(threads.length * 0.05);
    expect(threads.at(-1)).toBe(2);
  });

  it("keeps for each number of sequences the threads that suit it", () => {
    const { governor, clock } = start(2, 2);
    let step = 0;
    const alone = (threads: number) => (threads > 1 ? (++step % 8 === 0 ? 45 : 2.5) : 3.2);
    drive(governor, clock, 2000, alone, quiet);
    expect(governor.threadsFor(1)).toBe(1);
    const together = (threads: number) => 24 / threads;
    drive(governor, clock, 3000, together, quiet, 8);
    expect([governor.threadsFor(1), governor.threadsFor(8)]).toEqual([1, 2]);
  });

  it("reads prompts with every free core where replies are written with fewer", () => {
    const { governor, clock } = start(2, 2);
    let step = 0;
    drive(governor, clock, 2000, (threads) => (threads > 1 ? (++step % 8 === 0 ? 45 : 2.5) : 3.2), quiet);
    expect([governor.threadsFor(1), governor.batchThreads]).toEqual([1, 2]);
    governor.look(1, clock.nowMs);
    expect(governor.batchThreads).toBe(1);
  });

  it("never takes more than it may", () => {
    const { governor, clock } = start(3, 9);
    expect(Math.max(...drive(governor, clock, 5000, scales, quiet))).toBe(3);
  });
});

import { describe, expect, it } from "vitest";
import { pacedFrames } from "./pacedFrames.js";

interface PageOptions {
  workMs: number;
  paints?: boolean;
  besideModel?: boolean;
}

/** A page whose frames come every 16 ms and take `workMs` each, until `endMs`. `paints`: whether it is in sight. */
function page({ workMs, paints = true, besideModel = false }: PageOptions) {
  let nowMs = 0;
  /** Browsers give the timers of a page that was out of sight for long one turn in so many milliseconds. */
  let timerTurnMs = 1;
  let waiting: { atMs: number; task: () => void }[] = [];
  const wait = (atMs: number, task: () => void) => {
    const entry = { atMs, task };
    waiting.push(entry);
    return () => {
      waiting = waiting.filter((other) => other !== entry);
    };
  };
  const schedule = pacedFrames({
    besideModel,
    nowMs: () => nowMs,
    onFrame: (task) => wait(paints ? (Math.floor(nowMs / 16) + 1) * 16 : Number.POSITIVE_INFINITY, task),
    after: (ms, task) => wait(Math.ceil((nowMs + ms) / timerTurnMs) * timerTurnMs, task),
  });
  const drawnMs: number[] = [];
  return {
    schedule,
    drawnMs,
    draw() {
      drawnMs.push(nowMs);
      nowMs += workMs;
    },
    /** What waits by then comes at once. */
    setTimerTurn(turnMs: number) {
      timerTurnMs = turnMs;
      for (const entry of waiting) entry.atMs = Math.min(entry.atMs, nowMs);
    },
    runUntil(endMs: number) {
      for (;;) {
        const [next] = waiting.toSorted((one, other) => one.atMs - other.atMs);
        if (next === undefined || next.atMs >= endMs) return;
        waiting = waiting.filter((other) => other !== next);
        nowMs = Math.max(nowMs, next.atMs);
        next.task();
      }
    },
  };
}

/** Frames that a page draws in so many milliseconds when there is always something new. */
function framesIn(ms: number, options: PageOptions): number[] {
  const { schedule, drawnMs, draw, runUntil } = page(options);
  const again = () => {
    draw();
    schedule(again);
  };
  schedule(again);
  runUntil(ms);
  return drawnMs;
}

describe("pacedFrames", () => {
  it("draws every frame where that is little work", () => {
    expect(framesIn(1600, { workMs: 4 }).length).toBeGreaterThan(95);
  });

  it("spends a third of its time on drawing where it is much work", () => {
    const frames = framesIn(3200, { workMs: 20 });
    expect(frames.length).toBeGreaterThan(40);
    expect((frames.length * 20) / 3200).toBeLessThan(0.36);
  });

  it("draws fifteen a second beside the model, the first one at once, and still no text stands still", () => {
    const frames = framesIn(3200, { workMs: 4, besideModel: true });
    expect(frames[0]).toBe(16);
    expect(frames.length / 3.2).toBeGreaterThan(13);
    expect(frames.length / 3.2).toBeLessThan(20);
    expect(framesIn(3200, { workMs: 100, besideModel: true }).length).toBeGreaterThanOrEqual(14);
  });

  it("never lets text stand still for long", () => {
    const frames = framesIn(3200, { workMs: 100 });
    expect(frames.length).toBeGreaterThanOrEqual(14);
  });

  it("goes on in a tab that does not paint", () => {
    expect(framesIn(1600, { workMs: 1, paints: false }).length).toBeGreaterThanOrEqual(5);
  });

  it("draws every frame soon after the page was out of sight for long", () => {
    const { schedule, drawnMs, draw, runUntil, setTimerTurn } = page({ workMs: 4 });
    const again = () => {
      draw();
      schedule(again);
    };
    setTimerTurn(60_000);
    schedule(again);
    runUntil(240_000);
    setTimerTurn(1);
    const drawnBefore = drawnMs.length;
    const backMs = drawnMs.at(-1) ?? 0;
    runUntil(backMs + 2000);
    expect(drawnMs.length - drawnBefore).toBeGreaterThan(60);
  });

  it("does not draw what was called off", () => {
    const { schedule, drawnMs, draw, runUntil } = page({ workMs: 20 });
    schedule(draw);
    runUntil(50);
    schedule(draw)();
    runUntil(1000);
    expect(drawnMs).toEqual([16]);
  });
});

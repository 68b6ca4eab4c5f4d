import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EngineFigures } from "./messages.js";
import { Watchdog } from "./Watchdog.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const figures = (residentBytes: number): EngineFigures => ({
  threads: 1,
  residentBytes,
  lanes: [],
  waiting: 0,
  batches: [],
});

function watch({ maxResidentBytes = Number.POSITIVE_INFINITY } = {}) {
  const worker = { busy: true, answers: true, residentBytes: 1e9, asked: 0 };
  const reasons: string[] = [];
  const dog = new Watchdog(
    {
      isBusy: () => worker.busy,
      figures: () => {
        worker.asked++;
        return Promise.resolve(worker.answers ? figures(worker.residentBytes) : undefined);
      },
      giveUp: (reason) => reasons.push(reason),
    },
    { lookMs: 1000, missedAnswers: 3, stuckMs: 60_000 },
    maxResidentBytes,
  );
  return { worker, reasons, dog, pass: (ms: number) => vi.advanceTimersByTimeAsync(ms) };
}

describe("Watchdog", () => {
  it("[T27] gives up a worker that leaves three questions unanswered while it has something to do, once", async () => {
    const { worker, reasons, pass } = watch();
    worker.answers = false;
    await pass(3500);
    expect(reasons).toEqual([]);
    await pass(60_000);
    expect(reasons).toEqual(["did not answer any more"]);
  });

  it("leaves one alone that answers late, sends something else, or has nothing to do", async () => {
    const { worker, reasons, dog, pass } = watch();
    worker.answers = false;
    await pass(2500);
    worker.answers = true;
    await pass(1000);
    worker.answers = false;
    await pass(2500);
    dog.progress();
    await pass(2500);
    worker.busy = false;
    await pass(600_000);
    expect(reasons).toEqual([]);
  });

  it("asks nobody who has nothing to do", async () => {
    const { worker, pass } = watch();
    worker.busy = false;
    await pass(60_000);
    expect(worker.asked).toBe(0);
  });

  it("[T27] gives up one whose work does not get on, however lively it answers", async () => {
    const { reasons, dog, pass } = watch();
    await pass(59_500);
    dog.progress();
    await pass(59_500);
    expect(reasons).toEqual([]);
    await pass(2000);
    expect(reasons).toEqual(["made no progress for 1 minutes"]);
  });

  it("[T16] gives up one whose memory grows beyond its bound, with the numbers", async () => {
    const { worker, reasons, pass } = watch({ maxResidentBytes: 2e9 });
    await pass(5000);
    worker.residentBytes = 3e9;
    await pass(1000);
    expect(reasons).toEqual(["took 3.0 GB of memory, more than its bound of 2.0 GB"]);
  });

  it("looks no more once it is closed", async () => {
    const { worker, reasons, dog, pass } = watch();
    worker.answers = false;
    dog.close();
    await pass(60_000);
    expect(reasons).toEqual([]);
  });
});

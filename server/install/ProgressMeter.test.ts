import { expect, it } from "vitest";
import type { InstallProgress } from "../protocol/install.js";
import { ProgressMeter } from "./ProgressMeter.js";

function start() {
  const clock = { nowMs: 0 };
  const seen: InstallProgress[] = [];
  const meter = new ProgressMeter(
    { modelId: "a.b", name: "b" },
    (progress) => seen.push(progress),
    () => clock.nowMs,
  );
  return { meter, last: () => seen.at(-1), at: (nowMs: number) => (clock.nowMs = nowMs) };
}

it("says nothing about the time that is left as long as it knows of nothing to do", () => {
  const { meter, last, at } = start();
  meter.step("fetching", { code: "describing", source: "a model" });
  at(2000);
  const error = { code: "download_failed" as const, message: "The connection broke off." };
  meter.say({ code: "retrying", error, delaySeconds: 2 });
  expect(last()).toMatchObject({ fetchTotalBytes: 0, message: expect.stringContaining("Trying again") });
  expect(last()?.etaSeconds).toBeUndefined();
});

it("tells the time that is left from the slower one of fetching and converting", () => {
  const { meter, last, at } = start();
  meter.fetched(0, 1000);
  meter.converted(0, 500);
  at(1000);
  meter.fetched(500, 1000);
  at(2000);
  meter.converted(100, 500);
  expect(last()).toMatchObject({ bytesPerSecond: 250, etaSeconds: 8 });
  at(3000);
  meter.fetched(1000, 1000);
  at(4000);
  meter.converted(200, 500);
  expect(last()).toMatchObject({ etaSeconds: 6 });
});

it("has nothing when what was fetched was dropped", () => {
  const { meter, last } = start();
  meter.fetched(900, 1000);
  meter.converted(100, 500);
  meter.dropped();
  expect(last()).toMatchObject({ fetchedBytes: 0, convertedBytes: 0 });
});

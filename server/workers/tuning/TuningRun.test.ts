import { getEventListeners } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { scriptedProgram } from "../../bench/scriptedProgram.js";
import { createLogger } from "../../platform/logger.js";
import { packagePath } from "../../platform/paths.js";
import { inspectGguf } from "../../weights/gguf/inspectGguf.js";
import { ModelWorker } from "../ModelWorker.js";
import type { EngineSettings } from "./Tuning.js";
import { TuningRun } from "./TuningRun.js";

const weightsPath = join(packagePath, "models", "demo", "demo-q8_0.gguf");
const settings: EngineSettings = {
  threads: 1,
  batchThreads: 2,
  flashAttention: "auto",
  kvCacheType: "f16",
  weightsIn: "mapped",
};
let controller: AbortController;
let run: TuningRun;
beforeEach(async () => {
  controller = new AbortController();
  const { summary } = await inspectGguf(weightsPath);
  run = new TuningRun(
    { id: "demo", weightsPath, sizeBytes: 1 },
    {
      seconds: 0,
      threads: 2,
      gpu: "off",
      signal: controller.signal,
      onTried: () => {},
      summary,
      availableBytes: () => 1e12,
      worker: { program: scriptedProgram({ tokensPerSecond: 10_000 }) },
    },
    createLogger("silent"),
  );
});
afterEach(async () => {
  vi.restoreAllMocks();
  await run.close();
});

it("measures guesses with the threads that a batch of them has on the server, and whatever comes after them too", async () => {
  const fixed = new Map<ModelWorker, string>();
  const measuredWith: (string | undefined)[] = [];
  vi.spyOn(ModelWorker.prototype, "fixThreads").mockImplementation(function (this: ModelWorker, ...counts) {
    fixed.set(this, counts.join());
  });
  const { generate } = ModelWorker.prototype;
  vi.spyOn(ModelWorker.prototype, "generate").mockImplementation(function (this: ModelWorker, ...asked) {
    measuredWith.push(fixed.get(this));
    generate.apply(this, asked);
  });
  await run.chooseSpeculation(settings);
  expect(new Set(measuredWith)).toEqual(new Set(["1,2"]));
  // The trial that was open all the time, with other threads set meanwhile.
  const trial = await run.open(settings);
  trial.setThreads(1, 1);
  await (await run.open(settings)).sample({ promptTokens: 8, replyTokens: 8 });
  expect(measuredWith.at(-1)).toBe("1,2");
});

it("loads nothing more when it is aborted while it closes a trial", async () => {
  await run.open(settings);
  const load = vi.spyOn(ModelWorker.prototype, "load");
  const { close } = ModelWorker.prototype;
  vi.spyOn(ModelWorker.prototype, "close").mockImplementation(async function (this: ModelWorker) {
    await close.call(this);
    controller.abort(new Error("enough"));
  });
  await expect(run.open({ ...settings, flashAttention: "off" })).rejects.toThrow("enough");
  expect(load).not.toHaveBeenCalled();
});

it("leaves nothing behind with who may abort it", async () => {
  for (const flashAttention of ["on", "off", "on"] as const) await run.open({ ...settings, flashAttention });
  await run.close();
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
});

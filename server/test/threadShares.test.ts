import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { createLogger } from "../platform/logger.js";
import { packagePath } from "../platform/paths.js";
import { mostThreads } from "../workers/loadOptions.js";
import { ModelWorker } from "../workers/ModelWorker.js";
import { WorkerPool } from "../workers/WorkerPool.js";
import { generateInWorker } from "./generateInWorker.js";

const weightsPath = join(packagePath, "models", "demo", "demo-q8_0.gguf");
const pool = new WorkerPool({ contextTokens: 512, maxThreads: 2, gpu: "off", idleUnloadMs: 0 }, createLogger("silent"));
afterAll(() => pool.close());

// On a single core there is nothing to share.
it.runIf(mostThreads(2) === 2)(
  "two models at work have the threads of one, and who is alone has them all again",
  async () => {
    const told: [string, number][] = [];
    const limitThreads = ModelWorker.prototype.limitThreads;
    vi.spyOn(ModelWorker.prototype, "limitThreads").mockImplementation(function (this: ModelWorker, threads) {
      told.push([this.modelId, threads]);
      limitThreads.call(this, threads);
    });
    const load = (id: string) => pool.acquire({ id, weightsPath, sizeBytes: 7_351_104 }, () => {});
    const [one, other] = [await load("one"), await load("other")];
    const write = (worker: ModelWorker) => generateInWorker(worker, { text: "Once" }, { maxTokens: 8 });
    await write(one);
    expect(told).toEqual([]);
    await Promise.all([write(one), write(other)]);
    expect(told.slice(0, 2)).toEqual([
      ["one", 1],
      ["other", 1],
    ]);
    for (const worker of [one, other]) await write(worker);
    expect(told.slice(2).toSorted()).toEqual([
      ["one", 2],
      ["other", 2],
    ]);
  },
);

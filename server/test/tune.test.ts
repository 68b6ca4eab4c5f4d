import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openModelsHome } from "../cli/models/modelsHome.js";
import type { InstalledModel } from "../models/ModelRegistry.js";
import { openEngine } from "../openEngine.js";
import { createLogger } from "../platform/logger.js";
import { homePaths } from "../platform/paths.js";
import { inspectGguf } from "../weights/gguf/inspectGguf.js";
import { readGgufIndex } from "../weights/gguf/readGgufIndex.js";
import { readModelSummary } from "../weights/gguf/readModelSummary.js";
import { findDrafts, namedDraft } from "../workers/tuning/findDrafts.js";
import { TuningStore } from "../workers/tuning/TuningStore.js";
import { type Tried, tuneModel } from "../workers/tuning/tuneModel.js";
import { installDerivedModel } from "./installDerivedModel.js";
import { temporaryHome, testConfig } from "./TestServer.js";

const logger = createLogger("silent");
let home: Awaited<ReturnType<typeof temporaryHome>>;
let demo: InstalledModel;
beforeEach(async () => {
  home = await temporaryHome();
  demo = (await openModelsHome({ home: home.path })).registry.getInstalled("alpaca.demo");
});
afterEach(() => home.remove());

const tune = async (onTried: (tried: Tried) => void, change: Partial<Parameters<typeof tuneModel>[1]> = {}) =>
  tuneModel(
    demo,
    {
      // Threads and the last comparison: what is measured in between differs from machine to machine.
      seconds: 0,
      threads: 1,
      gpu: "off",
      signal: new AbortController().signal,
      onTried,
      summary: readModelSummary(await readGgufIndex(demo.weightsPath)),
      ...change,
    },
    logger,
  );

describe("tuning", () => {
  it("measures the model on this machine, and the server holds it as it was found best", async () => {
    const tried: Tried[] = [];
    const tuning = await tune((one) => tried.push(one));
    expect(tried.map(({ name }) => name)).toContain("1 thread");
    for (const { speed } of tried) expect(speed?.writePerSecond).toBeGreaterThan(0);
    expect(tuning.after.readPerSecond).toBeGreaterThan(0);

    const store = new TuningStore(homePaths(home.path).tunings);
    await store.write({ ...tuning, settings: { ...tuning.settings, kvCacheType: "q8_0" } });
    const cacheBytes = async (kvCacheType: "auto" | "f16") => {
      const engine = await openEngine(testConfig(home.path, { kvCacheType, gpu: "off" }), {}, logger);
      try {
        await engine.pool.acquire(demo, () => {});
        return engine.pool.plan(demo.id)?.kvCacheBytes ?? 0;
      } finally {
        await engine.close();
      }
    };
    const [asTuned, asAsked] = [await cacheBytes("auto"), await cacheBytes("f16")];
    expect(asTuned / asAsked).toBeCloseTo(34 / 64, 5);
  });

  it("tries a draft that was named with real replies, and looks for one among the installed models", async () => {
    const path = await installDerivedModel(home.path, "big", { widened: 8 });
    await installDerivedModel(home.path, "twin", { widened: 8 });
    const { registry } = await openModelsHome({ home: home.path });
    const target = { id: "test.big", ...(await inspectGguf(path)) };
    // Its heads do not fit the CPU's flash attention, without which nothing is guessed unless somebody wants it.
    expect(await findDrafts(target, registry.installed())).toEqual([]);
    const fitting = { ...target, summary: { ...target.summary, keyLength: 64 } };
    const found = await findDrafts(fitting, registry.installed());
    expect(found.map(({ model }) => model.id)).toEqual([]);
    const larger = {
      ...fitting,
      summary: { ...fitting.summary, tensorSizeBytes: fitting.summary.tensorSizeBytes * 2 },
    };
    expect((await findDrafts(larger, registry.installed())).map(({ model }) => model.id)).toEqual(["alpaca.demo"]);

    const tried: Tried[] = [];
    demo = registry.getInstalled("test.big");
    const drafts = [await namedDraft(target, registry.getInstalled("alpaca.demo"))];
    const { settings } = await tune((one) => tried.push(one), { summary: target.summary, drafts });
    const draft = tried.find(({ name }) => name === "guesses by alpaca.demo");
    expect(draft?.gain).toBeGreaterThan(0);
    expect(settings.draft?.modelId).toBe(draft?.kept === true ? "alpaca.demo" : undefined);
  });

  it("ends its processes when it is stopped", async () => {
    const stop = new AbortController();
    const reason = new Error("stopped");
    await expect(tune(() => stop.abort(reason), { signal: stop.signal })).rejects.toBe(reason);
  });

  it("says so when the model does not fit", async () => {
    await expect(tune(() => {}, { availableBytes: () => 1e6 })).rejects.toMatchObject({ code: "memory_short" });
  });

  it("says so when the weights cannot be loaded", async () => {
    const weightsPath = join(home.path, "no.gguf");
    await copyFile(join(import.meta.dirname, "tune.test.js"), weightsPath);
    const broken = { ...demo, weightsPath };
    const summary = readModelSummary(await readGgufIndex(demo.weightsPath));
    const options = {
      seconds: 0,
      threads: 1,
      gpu: "off" as const,
      signal: new AbortController().signal,
      onTried: () => {},
      summary,
    };
    await expect(tuneModel(broken, options, logger)).rejects.toMatchObject({ code: "model_load_failed" });
  });
});

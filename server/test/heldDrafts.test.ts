import { existsSync } from "node:fs";
import { stat, truncate, utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ScriptFault } from "../bench/script.js";
import { scriptedProgram } from "../bench/scriptedProgram.js";
import { openEngine, type RunningEngine } from "../openEngine.js";
import { createLogger } from "../platform/logger.js";
import { homePaths } from "../platform/paths.js";
import { startServer } from "../startServer.js";
import { inspectGguf } from "../weights/gguf/inspectGguf.js";
import { openDraft } from "../workers/draft/openDraft.js";
import type { PoolOptions } from "../workers/PoolOptions.js";
import type { TunedDraft } from "../workers/tuning/Tuning.js";
import { TuningStore, tuningSubject } from "../workers/tuning/TuningStore.js";
import { WorkerPool } from "../workers/WorkerPool.js";
import { generateInWorker } from "./generateInWorker.js";
import { installDerivedModel } from "./installDerivedModel.js";
import { TestClient, temporaryHome, testConfig } from "./TestServer.js";
import { randomModelShapes, writeRandomModel } from "./writeRandomModel.js";

const logger = createLogger("silent");
const speed = { readPerSecond: 1, writePerSecond: 1, loadMs: 1 };
let home: Awaited<ReturnType<typeof temporaryHome>>;
let big: { id: string; weightsPath: string; sizeBytes: number };
let smallPath: string;
let engine: RunningEngine | undefined;
beforeAll(async () => {
  home = await temporaryHome();
  const weightsPath = await installDerivedModel(home.path, "big", { widened: 8 });
  big = { id: "test.big", weightsPath, sizeBytes: (await stat(weightsPath)).size };
});
afterEach(async () => {
  await engine?.close();
  engine = undefined;
});
afterAll(() => home.remove());

/** As if `cria tune` had found the draft worth having; then the engine as the server opens it, with the model in memory. */
async function loadedWith(change: (draft: TunedDraft) => TunedDraft | Promise<TunedDraft>) {
  smallPath = await installDerivedModel(home.path, "small", {});
  const { size, mtimeMs } = await stat(smallPath);
  const draft = await change({
    modelId: "test.small",
    weights: { sizeBytes: size, modifiedMs: mtimeMs },
    guessTokens: 8,
  });
  await new TuningStore(homePaths(home.path).tunings).write({
    tuningVersion: 1,
    modelId: big.id,
    ...(await tuningSubject(big)),
    tunedAt: new Date(0).toISOString(),
    settings: { threads: 1, batchThreads: 1, flashAttention: "on", kvCacheType: "f16", weightsIn: "mapped", draft },
    before: speed,
    after: speed,
  });
  engine = await openEngine(testConfig(home.path, { gpu: "off" }), {}, logger);
  const { pool, registry } = engine;
  const worker = await pool.acquire(registry.getInstalled(big.id), () => {});
  const { done } = await generateInWorker(worker, { text: "Once upon a time" }, { temperature: 0, maxTokens: 30 });
  return { state: pool.state(big.id), guessed: done.stats.guessedTokens, bytes: pool.plan(big.id)?.totalBytes ?? 0 };
}

describe("a model that was tuned with a draft", () => {
  it("is held with it, and what both take counts", async () => {
    const held = await loadedWith((draft) => draft);
    expect(held.state).toEqual({ state: "ready" });
    expect(held.guessed).toBeGreaterThan(0);
    const alone = await loadedWith((draft) => ({ ...draft, modelId: "test.other" }));
    expect(held.bytes - alone.bytes).toBeGreaterThan(7e6);
    expect(held.bytes - alone.bytes).toBeLessThan(100e6);
  });

  it.each<[string, string, (draft: TunedDraft) => TunedDraft | Promise<TunedDraft>]>([
    ["is no longer installed", "no longer installed", (draft) => ({ ...draft, modelId: "test.other" })],
    [
      "is another file by now",
      "cria tune",
      async (draft) => {
        await utimes(smallPath, 1, 1);
        return draft;
      },
    ],
    [
      "is damaged",
      "GGUF",
      async (draft) => {
        await truncate(smallPath, 1_000_000);
        const { size, mtimeMs } = await stat(smallPath);
        return { ...draft, weights: { sizeBytes: size, modifiedMs: mtimeMs } };
      },
    ],
  ])("does without a draft that %s, and says why", async (_, reason, change) => {
    const { state, guessed } = await loadedWith(change);
    expect(state).toEqual({ state: "ready", draftFailure: expect.stringContaining(reason) });
    expect(guessed).toBeUndefined();
  });

  it("is held without it where both do not fit", async () => {
    const model = { id: "test.small", weightsPath: await installDerivedModel(home.path, "small", {}), sizeBytes: 7e6 };
    const planned = async (freeBytes: number) => {
      const pool = new WorkerPool(
        {
          contextTokens: 512,
          maxThreads: 1,
          gpu: "off",
          idleUnloadMs: 0,
          draft: () => Promise.resolve({ model, guessTokens: 8 }),
          // What the pool leaves to the system comes on top.
          availableBytes: () => freeBytes + 512e6,
        },
        logger,
      );
      try {
        await pool.acquire(big, () => {});
        return { plan: pool.plan(big.id), state: pool.state(big.id), told: (await pool.planLoad(big)).memory };
      } finally {
        await pool.close();
      }
    };
    const roomy = await planned(8e9);
    expect(roomy.state).toEqual({ state: "ready" });
    expect(roomy.told.totalBytes).toBe(roomy.plan?.totalBytes);
    const tight = await planned((roomy.plan?.totalBytes ?? 0) - 30e6);
    expect(tight.state).toEqual({ state: "ready", draftFailure: expect.stringContaining("are free") });
    expect(tight.plan?.totalBytes).toBeLessThan((roomy.plan?.totalBytes ?? 0) - 15e6);
  });
});

describe("a draft that fails", () => {
  const draft = async () => ({
    model: { id: "test.small", weightsPath: await installDerivedModel(home.path, "small", {}), sizeBytes: 7e6 },
    guessTokens: 8,
  });
  const opened = (fault: ScriptFault, change: Partial<PoolOptions> = {}) =>
    new WorkerPool(
      {
        contextTokens: 512,
        maxThreads: 1,
        gpu: "off",
        idleUnloadMs: 0,
        worker: { program: scriptedProgram({ fault }) },
        ...change,
      },
      logger,
    );
  const bytesAlone = async () => {
    const pool = opened("failDraft");
    await pool.acquire(big, () => {});
    const bytes = pool.plan(big.id)?.totalBytes ?? 0;
    await pool.close();
    return bytes;
  };

  it("while its model writes counts no more, is said to have failed, and the reply goes on", async () => {
    const pool = opened("failDraft", { draft });
    try {
      const worker = await pool.acquire(big, () => {});
      expect(pool.state(big.id)).toEqual({ state: "ready" });
      expect(pool.plan(big.id)?.totalBytes).toBeGreaterThan((await bytesAlone()) + 7e6);
      const told: unknown[] = [];
      pool.onStateChange((modelId) => told.push([pool.state(modelId), pool.plan(modelId)?.totalBytes]));
      const { done } = await generateInWorker(worker, { text: "Once" }, { maxTokens: 10 });
      expect(done.stats.generatedTokens).toBe(10);
      expect(told).toEqual([[{ state: "ready", draftFailure: "the script says so" }, await bytesAlone()]]);
      // Whoever deletes the draft's file need not wait for a model that no longer has it.
      await pool.release("test.small");
      expect(worker.state).toBe("ready");
    } finally {
      await pool.close();
    }
  });

  it("when it is loaded does not count", async () => {
    const pool = opened("failDraftOnLoad", { draft });
    try {
      await pool.acquire(big, () => {});
      expect(pool.state(big.id)).toEqual({ state: "ready", draftFailure: "the script says so" });
      expect(pool.plan(big.id)?.totalBytes).toBe(await bytesAlone());
    } finally {
      await pool.close();
    }
  });
});

describe("a draft that is removed", () => {
  it("[MD3] takes along who is held with it, unless that is at work", async () => {
    await loadedWith((draft) => draft);
    await engine?.close();
    const server = await startServer(testConfig(home.path, { gpu: "off" }));
    const client = await TestClient.connect(server.url);
    try {
      const { pool } = server;
      const worker = await pool.acquire(big, () => {});
      expect(pool.state(big.id)).toEqual({ state: "ready" });
      let stop = () => {};
      let begin = () => {};
      const begun = new Promise<void>((resolve) => (begin = resolve));
      const reply = generateInWorker(
        worker,
        { text: "Once upon a time" },
        { temperature: 0, ignoreEos: true, maxTokens: 100_000 },
        (_, end) => (stop = end),
        "local",
        { contextShift: true },
        () => begin(),
      );
      await begun;
      expect(await client.ask("model:remove", { modelId: "test.small" })).toMatchObject({
        ok: false,
        error: { code: "model_in_use", message: expect.stringContaining(big.id) },
      });
      stop();
      expect((await reply).done.stopReason).toBe("stopped");
      expect(existsSync(smallPath)).toBe(true);
      expect(worker.state).toBe("ready");
      await client.request("model:remove", { modelId: "test.small" });
      expect(existsSync(smallPath)).toBe(false);
      expect(worker.state).toBe("dead");
      expect(pool.state(big.id)).toEqual({ state: "unloaded" });
      await pool.acquire(big, () => {});
      expect(pool.state(big.id)).toEqual({
        state: "ready",
        draftFailure: expect.stringContaining("no longer installed"),
      });
    } finally {
      client.close();
      await server.close();
    }
  });
});

describe("openDraft", () => {
  it("takes a smaller model with the same vocabulary, and no other", async () => {
    const target = { id: big.id, ...(await inspectGguf(big.weightsPath)) };
    const half = await installDerivedModel(home.path, "half", { widened: 5 });
    const stranger = join(home.path, "stranger.gguf");
    await writeRandomModel(stranger, randomModelShapes.tiny);
    smallPath = await installDerivedModel(home.path, "small", { silencedBlocks: 2 });
    await expect(openDraft(target, { id: "test.small", weightsPath: smallPath })).resolves.toBeDefined();
    for (const [id, weightsPath, reason] of [
      [big.id, big.weightsPath, "same model"],
      ["test.half", half, "not clearly smaller"],
      ["test.stranger", stranger, "vocabularies differ"],
    ] as const)
      await expect(openDraft(target, { id, weightsPath })).rejects.toMatchObject({
        code: "draft_unfit",
        message: expect.stringContaining(reason),
      });
  });
});

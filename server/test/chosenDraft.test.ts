import { copyFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "../platform/logger.js";
import { homePaths, packagePath } from "../platform/paths.js";
import { inspectGguf } from "../weights/gguf/inspectGguf.js";
import { estimateMemory } from "../weights/planMemory.js";
import { FittingDrafts } from "../workers/draft/FittingDrafts.js";
import { estimateDraft } from "../workers/draft/holdDraft.js";
import { TuningStore, tuningSubject } from "../workers/tuning/TuningStore.js";
import { type PoolModel, WorkerPool } from "../workers/WorkerPool.js";
import { installDerivedModel } from "./installDerivedModel.js";
import { installRandomModel, randomModelId } from "./installRandomModel.js";
import { type TestClient, TestServer } from "./TestServer.js";
import { randomModelShapes, writeRandomModel } from "./writeRandomModel.js";

const modelId = "test.big";
const draftId = "test.small";
let cria: TestServer;
let client: TestClient;
let bigPath: string;
let bigBytes: number;
let smallPath: string;
beforeAll(async () => {
  cria = await TestServer.start(async (homePath) => {
    bigPath = await installDerivedModel(homePath, "big", { widened: 8 });
    bigBytes = (await stat(bigPath)).size;
    smallPath = await installDerivedModel(homePath, "small", {});
    await installDerivedModel(homePath, "half", { widened: 5 });
    await installRandomModel(homePath);
  });
  client = await cria.connect();
});
afterAll(() => cria.close());

const plan = async (draft?: string | null) =>
  (await client.request("model:plan", { modelId, ...(draft === undefined ? {} : { settings: { draft } }) })).plan;
const configure = async (draft?: string | null) =>
  (await client.request("model:configure", { modelId, settings: draft === undefined ? {} : { draft } })).plan;
/** What a greedy reply says of its guesses. */
const guessed = async () => {
  const { generationId } = await client.request("generation:start", {
    modelId,
    prompt: "Once upon a time",
    sampling: { temperature: 0, maxTokens: 30 },
  });
  await client.follow(generationId);
  const { end, text } = await client.untilEnd(generationId);
  return { tokens: end.stats?.guessedTokens ?? 0, text };
};
/** The models as the pool knows them. */
const big = (): PoolModel => ({ id: modelId, weightsPath: bigPath, sizeBytes: bigBytes });
const demo: PoolModel = {
  id: "alpaca.demo",
  weightsPath: join(packagePath, "models", "demo", "demo-q8_0.gguf"),
  sizeBytes: 7_351_104,
};
/** As if `cria tune` had found the draft worth having. */
const tune = async () => {
  const { size, mtimeMs } = await stat(smallPath);
  const speed = { readPerSecond: 1, writePerSecond: 1, loadMs: 1 };
  await new TuningStore(homePaths(cria.homePath).tunings).write({
    tuningVersion: 1,
    modelId,
    ...(await tuningSubject(big())),
    tunedAt: new Date(0).toISOString(),
    settings: {
      threads: 1,
      batchThreads: 1,
      flashAttention: "on",
      kvCacheType: "f16",
      weightsIn: "mapped",
      draft: { modelId: draftId, weights: { sizeBytes: size, modifiedMs: mtimeMs }, guessTokens: 8 },
    },
    before: speed,
    after: speed,
  });
};

describe("[MD10] a draft that somebody chooses", () => {
  it("is one of the installed models that fit, each told with what it takes", async () => {
    const { drafts, usual, memory } = await plan();
    expect(drafts.map((draft) => draft.modelId)).toEqual([draftId, "alpaca.demo"]);
    expect(drafts[0]?.totalBytes).toBeGreaterThan(7e6);
    expect(usual.draft).toBeUndefined();
    const both = (await plan(draftId)).memory;
    expect(both.totalBytes - memory.totalBytes).toBe(drafts[0]?.totalBytes);
    expect((await client.request("model:plan", { modelId: draftId })).plan.drafts).toEqual([]);
  });

  it("is loaded along with the model, writes guesses, changes no text, and is so after a restart", async () => {
    // With this cache the engine computes in the same way with guesses and without.
    const settings = { kvCacheType: "q8_0" as const };
    await client.request("model:configure", { modelId, settings });
    const alone = await guessed();
    expect(alone.tokens).toBe(0);
    // Names are found whatever their case, and stored as they are.
    const { plan: chosen } = await client.request("model:configure", {
      modelId,
      settings: { ...settings, draft: "Test.SMALL" },
    });
    expect(chosen.settings).toEqual({ ...settings, draft: draftId });
    expect(cria.server.pool.state(modelId)).toEqual({ state: "ready" });
    const drafted = await guessed();
    expect(drafted.tokens).toBeGreaterThan(0);
    expect(drafted.text).toBe(alone.text);
    await cria.restart();
    client = await cria.connect();
    expect((await plan()).settings).toEqual({ ...settings, draft: draftId });
    expect((await guessed()).tokens).toBeGreaterThan(0);
    await configure();
    expect((await guessed()).tokens).toBe(0);
  });

  it("is none where null was chosen, whatever was measured; left out, what was measured counts", async () => {
    await tune();
    const measured = await configure();
    expect(measured.usual.draft).toBe(draftId);
    expect(measured.settings).toEqual({});
    expect((await guessed()).tokens).toBeGreaterThan(0);
    const none = await configure(null);
    expect(none.settings).toEqual({ draft: null });
    expect(none.memory.totalBytes).toBeLessThan(measured.memory.totalBytes);
    expect((await guessed()).tokens).toBe(0);
    await configure();
    await new TuningStore(homePaths(cria.homePath).tunings).forget(modelId);
  });

  it.each([
    [randomModelId, "draft_unfit", "vocabularies differ"],
    ["test.half", "draft_unfit", "not clearly smaller"],
    [modelId, "draft_unfit", "same model"],
    ["test.nobody", "model_not_found", "test.nobody"],
    ["a/b", "bad_request", "model id"],
  ])("is refused where %s cannot be one, and what was chosen before stays", async (draft, code, words) => {
    for (const name of ["model:plan", "model:configure"] as const)
      expect(await client.ask(name, { modelId, settings: { draft } })).toMatchObject({
        ok: false,
        error: { code, message: expect.stringContaining(words) },
      });
    expect((await plan()).settings).toEqual({});
  });

  it("can be chosen over HTTP", async () => {
    const post = (path: string, body: unknown) =>
      fetch(`${cria.url}/api/models/${modelId}/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    expect(await (await post("configure", { draft: draftId })).json()).toMatchObject({ settings: { draft: draftId } });
    expect((await post("configure", { draft: null })).status).toBe(200);
    const refused = await post("plan", { draft: randomModelId });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { code: "draft_unfit" } }]);
    await configure();
  });

  it("that is gone is told before and after the model is loaded without it, and another can be chosen", async () => {
    await configure(draftId);
    await client.request("model:unload", { modelId });
    await client.request("model:remove", { modelId: draftId });
    const without = await plan();
    expect(without.settings).toEqual({ draft: draftId });
    expect(without.draftFailure).toContain("not installed");
    expect(without.drafts.map((draft) => draft.modelId)).toEqual(["alpaca.demo"]);
    await client.request("model:load", { modelId });
    expect(cria.server.pool.state(modelId)).toEqual({
      state: "ready",
      draftFailure: expect.stringContaining("not installed"),
    });
    const other = await configure("alpaca.demo");
    expect([other.settings, other.draftFailure]).toEqual([{ draft: "alpaca.demo" }, undefined]);
    expect((await guessed()).tokens).toBeGreaterThan(0);
    await configure();
  });
});

describe("a draft that was chosen, and memory", () => {
  const draftBytes = async () => estimateDraft((await inspectGguf(demo.weightsPath)).summary, 512).totalBytes;
  /** What the model and its draft take with one lane. */
  async function neededBytes() {
    const { summary } = await inspectGguf(big().weightsPath);
    return estimateMemory(summary, 512, 1).totalBytes + (await draftBytes());
  }
  /** The big model with the demo for its draft in a pool with so much memory. */
  async function held(freeBytes: number, isChosen: boolean) {
    const pool = new WorkerPool(
      {
        contextTokens: 512,
        maxThreads: 1,
        gpu: "off",
        idleUnloadMs: 0,
        draft: () => Promise.resolve({ model: demo, guessTokens: 8, ...(isChosen ? { isChosen } : {}) }),
        // What the pool leaves to the system comes on top.
        availableBytes: () => freeBytes + 512e6,
      },
      createLogger("silent"),
    );
    try {
      const told = await pool.planLoad(big());
      await pool.acquire(big(), () => {});
      return { told, plan: pool.plan(modelId), state: pool.state(modelId) };
    } finally {
      await pool.close();
    }
  }

  it("sends no idle model out of memory, which leaves for the model alone", async () => {
    let freeBytes = 4e9;
    const pool = new WorkerPool(
      {
        contextTokens: 512,
        maxThreads: 1,
        gpu: "off",
        idleUnloadMs: 0,
        draft: async ({ id }) => (id === modelId ? { model: demo, guessTokens: 8, isChosen: true } : undefined),
        availableBytes: () => freeBytes + (pool.state("test.idle").state === "ready" ? 0 : 2e9) + 512e6,
      },
      createLogger("silent"),
    );
    const needed = await neededBytes();
    await pool.acquire({ ...demo, id: "test.idle" }, () => {});
    freeBytes = needed - 1e6;
    const told = await pool.planLoad(big());
    expect(told.availableBytes).toBe(freeBytes);
    expect(told.memory.totalBytes).toBeGreaterThan(freeBytes);
    await pool.acquire(big(), () => {});
    expect(pool.state("test.idle")).toEqual({ state: "ready" });
    expect(pool.state(modelId)).toEqual({ state: "ready", draftFailure: expect.stringContaining("are free") });
    await pool.unload(modelId);
    // Too little for the model itself: what the idle one gives back is then there for both.
    freeBytes = needed - 1e8;
    await pool.acquire(big(), () => {});
    expect(pool.state("test.idle")).toEqual({ state: "unloaded" });
    expect(pool.state(modelId)).toEqual({ state: "ready" });
    await pool.close();
  });

  it("comes before lanes, where one that was measured does not", async () => {
    const freeBytes = (await neededBytes()) + 1e5;
    const chosen = await held(freeBytes, true);
    expect(chosen.state).toEqual({ state: "ready" });
    expect(chosen.plan).toMatchObject({ sequences: 1, contextTokens: 512 });
    expect(chosen.told.memory).toEqual(chosen.plan);
    const measured = await held(freeBytes, false);
    expect(measured.state).toMatchObject({ draftFailure: expect.stringContaining("are free") });
    expect(measured.plan?.sequences).toBeGreaterThan(1);
  });

  it("is told as too much where both do not fit, and the model is loaded alone", async () => {
    const missingBytes = 1e6;
    const freeBytes = (await neededBytes()) - missingBytes;
    const { told, state, plan: alone } = await held(freeBytes, true);
    expect(told.memory.totalBytes).toBeGreaterThan(told.availableBytes);
    // The lanes that the model has without it are no reason.
    const besideBytes = (await draftBytes()) - missingBytes;
    expect(told.draftFailure).toContain(`and ${(besideBytes / 1e9).toFixed(2)} GB are free`);
    expect(state).toEqual({ state: "ready", draftFailure: expect.stringContaining("are free") });
    expect(alone?.contextTokens).toBe(512);
    expect(alone?.totalBytes).toBeLessThan(freeBytes);
  });
});

describe("the models that could be drafts", () => {
  it("are those that fit, and are looked at again when a file is another one", async () => {
    const finder = new FittingDrafts();
    const names = async (...models: PoolModel[]) => (await finder.find(big(), models)).map((found) => found.modelId);
    const other = { ...demo, id: "test.other", weightsPath: join(cria.homePath, "other.gguf") };
    await writeRandomModel(other.weightsPath, randomModelShapes.tiny);
    expect(await names(demo, other)).toEqual([demo.id]);
    await copyFile(demo.weightsPath, other.weightsPath);
    expect(await names(demo, other)).toEqual([demo.id, other.id]);
    await rm(other.weightsPath);
    expect(await names(other)).toEqual([]);
  });
});

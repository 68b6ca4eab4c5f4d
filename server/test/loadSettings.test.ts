import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localPrincipal } from "../access/Principal.js";
import type { Generation } from "../chat/Generation.js";
import { LoadSettingsService } from "../chat/LoadSettingsService.js";
import { collectGeneration } from "../http/collectGeneration.js";
import { openEngine } from "../openEngine.js";
import { createLogger } from "../platform/logger.js";
import { homePaths } from "../platform/paths.js";
import type { LoadSettings } from "../protocol/loadSettings.js";
import { LoadSettingsStore } from "../workers/LoadSettingsStore.js";
import { WorkerPool } from "../workers/WorkerPool.js";
import { installRandomModel, randomModelId } from "./installRandomModel.js";
import { type TestClient, TestServer, temporaryHome, testConfig } from "./TestServer.js";

const modelId = "alpaca.demo";
let cria: TestServer;
let client: TestClient;
beforeAll(async () => {
  cria = await TestServer.start();
  client = await cria.connect();
});
afterAll(() => cria.close());

const memory = async () => {
  const { models } = await client.request("model:list", {});
  return models.find(({ id }) => id === modelId)?.memory;
};
const count = () => client.request("chat:count", { modelId, draft: "Hello" });
const post = (path: string, body: unknown) =>
  fetch(`${cria.url}/api/models/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

describe("how a model is held in memory", () => {
  it("[MD6] is told with its cost before anything is loaded", async () => {
    const { plan } = await client.request("model:plan", { modelId });
    expect(plan).toMatchObject({
      settings: {},
      usual: { contextTokens: 512, kvCacheType: "f16", threads: 1 },
      limits: { contextTokens: 512, kvCacheTypes: ["f16", "q8_0", "q4_0"], threads: 1 },
      memory: { contextTokens: 512 },
    });
    expect(plan.loaded).toBeUndefined();
    const half = await client.request("model:plan", { modelId, settings: { contextTokens: 256 } });
    const lane = ({ kvCacheBytes, sequences }: typeof plan.memory) => kvCacheBytes / sequences;
    expect(lane(half.plan.memory)).toBe(lane(plan.memory) / 2);
    const quantized = await client.request("model:plan", { modelId, settings: { kvCacheType: "q8_0" } });
    expect(lane(quantized.plan.memory) / lane(plan.memory)).toBeCloseTo(34 / 64);
    // Asking changes nothing.
    expect((await client.request("model:plan", { modelId })).plan).toMatchObject({ settings: {} });
  });

  it("[MD7] is chosen, loads again what is in memory, and is so after a restart", async () => {
    await client.request("model:load", { modelId });
    expect((await memory())?.contextTokens).toBe(512);
    const settings = { contextTokens: 256, kvCacheType: "q8_0", threads: 1 } as const;
    const { plan } = await client.request("model:configure", { modelId, settings });
    expect(plan).toMatchObject({ settings, loaded: { contextTokens: 256 } });
    expect((await memory())?.contextTokens).toBe(256);
    expect((await count()).contextTokens).toBe(256);
    await cria.restart();
    client = await cria.connect();
    expect((await client.request("model:plan", { modelId })).plan.settings).toEqual(settings);
    expect((await count()).contextTokens).toBe(256);
    expect((await memory())?.contextTokens).toBe(256);
  });

  it("[MD7] is chosen without loading a model that is not in memory, and empty settings leave no file", async () => {
    await client.request("model:unload", { modelId });
    const folder = homePaths(cria.homePath).loadSettings;
    expect(await readdir(folder)).toEqual([`${modelId}.json`]);
    await client.request("model:configure", { modelId, settings: {} });
    expect(await memory()).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
    expect((await count()).contextTokens).toBe(512);
  });

  it("[MD7] is chosen by one after the other, and each is answered with what they chose", async () => {
    await client.request("model:load", { modelId });
    const chosen = [{ contextTokens: 256 }, { contextTokens: 128 }, {}];
    const answers = await Promise.all(
      chosen.map((settings) => client.request("model:configure", { modelId, settings })),
    );
    expect(answers.map(({ plan }) => plan.settings)).toEqual(chosen);
    expect(answers.map(({ plan }) => plan.loaded?.contextTokens)).toEqual([256, 128, 512]);
  });

  it("[MD7] is chosen without a change of how long the model may be idle", async () => {
    await client.request("model:load", { modelId });
    const keepAlive = (keep_alive: number | string) =>
      fetch(`${cria.url}/api/generate`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: modelId, keep_alive }),
      });
    const { pool } = cria.server;
    expect((await keepAlive("2h")).status).toBe(200);
    await client.request("model:configure", { modelId, settings: { contextTokens: 256 } });
    expect(pool.plan(modelId)?.contextTokens).toBe(256);
    expect(pool.idleTimeLeftMs(modelId) / 3_600_000).toBeCloseTo(2, 1);
    await keepAlive(-1);
    await client.request("model:configure", { modelId, settings: {} });
    expect(pool.idleTimeLeftMs(modelId)).toBe(Number.POSITIVE_INFINITY);
    // It leaves with the model.
    await client.request("model:unload", { modelId });
    await client.request("model:load", { modelId });
    expect(pool.idleTimeLeftMs(modelId)).toBeLessThanOrEqual(30 * 60_000);
  });

  it("[MD7] does not change under a reply", async () => {
    const sampling = { ignoreEos: true, maxTokens: 400 };
    const { generationId } = await client.request("generation:start", { modelId, prompt: "One day", sampling });
    expect(await client.ask("model:configure", { modelId, settings: { contextTokens: 256 } })).toMatchObject({
      ok: false,
      error: { code: "model_in_use" },
    });
    await client.request("generation:stop", { generationId });
    expect((await client.request("model:plan", { modelId })).plan.settings).toEqual({});
  });

  it("[MD7] does not change under an embedding", async () => {
    await client.request("model:load", { modelId });
    const processId = cria.server.pool.processId(modelId) ?? 0;
    process.kill(processId, "SIGSTOP");
    const embedded = fetch(`${cria.url}/v1/embeddings`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: modelId, input: "Hello" }),
    });
    await expect.poll(() => cria.server.generations.isInUse(modelId)).toBe(true);
    expect(await client.ask("model:configure", { modelId, settings: { contextTokens: 256 } })).toMatchObject({
      ok: false,
      error: { code: "model_in_use" },
    });
    process.kill(processId, "SIGCONT");
    expect((await embedded).status).toBe(200);
    expect(cria.server.generations.isInUse(modelId)).toBe(false);
    expect((await client.request("model:plan", { modelId })).plan.settings).toEqual({});
  });

  it("[MD7] is no end for those who count meanwhile: the process that comes next answers them", async () => {
    await client.request("model:load", { modelId });
    const { pool, generations } = cria.server;
    const processId = pool.processId(modelId) ?? 0;
    process.kill(processId, "SIGSTOP");
    const counted = client.ask("chat:count", { modelId, draft: "Hello" });
    await expect.poll(() => generations.isNeeded(modelId)).toBe(true);
    const configured = client.request("model:configure", { modelId, settings: { contextTokens: 256 } });
    await expect.poll(() => pool.state(modelId).state).not.toBe("ready");
    process.kill(processId, "SIGKILL");
    expect(await counted).toMatchObject({ ok: true, data: { contextTokens: 256 } });
    await configured;
    let rounds = 0;
    const contextTokens = await generations.count(modelId, async (counter) => {
      if (rounds++ === 0) await client.request("model:configure", { modelId, settings: {} });
      await counter.countTokens({ text: "Hello" });
      return counter.contextTokens;
    });
    expect([rounds, contextTokens]).toEqual([2, 512]);
  });

  it("an unload is the end for those who count meanwhile: it is not loaded again for them", async () => {
    await client.request("model:load", { modelId });
    const { pool, generations } = cria.server;
    const counted = generations.count(modelId, async (counter) => {
      await pool.unload(modelId);
      return counter.countTokens({ text: "Hello" });
    });
    await expect(counted).rejects.toMatchObject({ code: "worker_died" });
    expect(pool.state(modelId)).toEqual({ state: "unloaded" });
  });

  it("refuses what no model can be held with", async () => {
    for (const settings of [{ contextTokens: 1 }, { threads: 0 }, { kvCacheType: "q2" }, { gpuLayers: -1 }])
      expect(await client.ask("model:configure", { modelId, settings })).toMatchObject({
        ok: false,
        error: { code: "bad_request", field: expect.stringMatching(/^settings\./) },
      });
    expect(await client.ask("model:plan", { modelId: "no.model" })).toMatchObject({
      ok: false,
      error: { code: "model_not_found" },
    });
  });

  it("can be asked and chosen over HTTP", async () => {
    const usual = await (await fetch(`${cria.url}/api/models/${modelId}/plan`)).json();
    const { settings, limits } = (await client.request("model:plan", { modelId })).plan;
    expect(usual).toMatchObject({ settings, limits, availableBytes: expect.any(Number) });
    const other = await (await post(`${modelId}/plan`, { contextTokens: 256 })).json();
    expect(other).toMatchObject({ settings: {}, memory: { contextTokens: 256 } });
    const chosen = await post(`${modelId}/configure`, { contextTokens: 256 });
    expect(await chosen.json()).toMatchObject({ settings: { contextTokens: 256 } });
    expect((await client.request("model:plan", { modelId })).plan.settings).toEqual({ contextTokens: 256 });
    await client.request("model:configure", { modelId, settings: {} });
    const refused = await post(`${modelId}/configure`, { context: 256 });
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: { code: "unknown_parameter", field: "context" } },
    ]);
    expect((await fetch(`${cria.url}/api/models/no.model/plan`)).status).toBe(404);
  });
});

describe("a reply that begins while settings are written", () => {
  it("[MD7] goes on, and the settings of before stay", async () => {
    const home = await temporaryHome();
    const engine = await openEngine(testConfig(home.path), {}, createLogger("silent"));
    const { registry, pool, generations } = engine;
    await pool.acquire(registry.getInstalled(modelId), () => {});
    let generation: Generation | undefined;
    /** Begins the reply when the first settings are on disk. */
    class SlowStore extends LoadSettingsStore {
      override async write(id: string, settings: LoadSettings): Promise<void> {
        await super.write(id, settings);
        const sampling = { ignoreEos: true, maxTokens: 50 };
        generation ??= generations.start({ by: localPrincipal, modelId, input: { text: "One day" }, sampling });
      }
    }
    const store = new SlowStore(homePaths(home.path).loadSettings);
    const service = new LoadSettingsService(registry, pool, store, generations);
    await expect(service.configure(modelId, { contextTokens: 256 })).rejects.toMatchObject({ code: "model_in_use" });
    expect(await store.read(modelId)).toEqual({});
    if (generation === undefined) throw new Error("no reply was begun");
    expect((await collectGeneration(generation)).text).not.toBe("");
    expect(pool.state(modelId)).toEqual({ state: "ready" });
    await engine.close();
    await home.remove();
  });
});

describe("a keep_alive that is set while settings are chosen", () => {
  it.each(["stored", "unloaded"])("[MD7] counts where the settings are just being %s", async (moment) => {
    const home = await temporaryHome();
    const engine = await openEngine(testConfig(home.path), {}, createLogger("silent"));
    const keep = (at: string) => moment === at && pool.keepAlive(modelId, 7_200_000);
    class Store extends LoadSettingsStore {
      override async write(id: string, settings: LoadSettings): Promise<void> {
        await super.write(id, settings);
        keep("stored");
      }
    }
    class Pool extends WorkerPool {
      override unload(id: string): Promise<void> {
        const gone = super.unload(id);
        keep("unloaded");
        return gone;
      }
    }
    const store = new Store(homePaths(home.path).loadSettings);
    const options = { contextTokens: 512, maxThreads: 1, gpu: "off", idleUnloadMs: 60_000 } as const;
    const pool = new Pool({ ...options, chosen: (id) => store.read(id) }, createLogger("silent"));
    await pool.acquire(engine.registry.getInstalled(modelId), () => {});
    pool.keepAlive(modelId, 120_000);
    const service = new LoadSettingsService(engine.registry, pool, store, engine.generations);
    await service.configure(modelId, { contextTokens: 256 });
    expect(pool.plan(modelId)?.contextTokens).toBe(256);
    expect(pool.idleTimeLeftMs(modelId) / 3_600_000).toBeCloseTo(2, 1);
    await pool.close();
    await engine.close();
    await home.remove();
  });
});

describe("settings with which a model cannot be loaded", () => {
  it("[MD7] leave it in memory with those of before", async () => {
    const home = await temporaryHome();
    const store = new LoadSettingsStore(homePaths(home.path).loadSettings);
    const engine = await openEngine(testConfig(home.path), {}, createLogger("silent"));
    const { registry, generations } = engine;
    let unreadable = false;
    const pool = new WorkerPool(
      {
        contextTokens: 512,
        maxThreads: 1,
        gpu: "off",
        idleUnloadMs: 0,
        chosen: async (id) => {
          const chosen = await store.read(id);
          if (unreadable && chosen.contextTokens === 256) throw new Error("no such context");
          return chosen;
        },
      },
      createLogger("silent"),
    );
    await pool.acquire(registry.getInstalled(modelId), () => {});
    pool.keepAlive(modelId, 3_600_000);
    const service = new LoadSettingsService(registry, pool, store, generations);
    pool.onStateChange(() => {
      unreadable = true;
    });
    await expect(service.configure(modelId, { contextTokens: 256 })).rejects.toMatchObject({ code: "internal" });
    expect(await store.read(modelId)).toEqual({});
    expect(pool.state(modelId)).toEqual({ state: "ready" });
    expect(pool.plan(modelId)?.contextTokens).toBe(512);
    expect(pool.idleTimeLeftMs(modelId)).toBeLessThanOrEqual(3_600_000);
    await pool.close();
    await engine.close();
    await home.remove();
  });
});

describe("settings that do not fit", () => {
  it("[MD7] are refused with the numbers, and those of before stay", async () => {
    const home = await temporaryHome();
    const engine = await openEngine(testConfig(home.path), {}, createLogger("silent"));
    const store = new LoadSettingsStore(join(home.path, "settings"));
    await store.write(modelId, { contextTokens: 256 });
    const pool = new WorkerPool(
      {
        contextTokens: 512,
        maxThreads: 1,
        gpu: "off",
        idleUnloadMs: 0,
        chosen: (id) => store.read(id),
        availableBytes: () => 0.6e9,
      },
      createLogger("silent"),
    );
    const service = new LoadSettingsService(engine.registry, pool, store, engine.generations);
    await expect(service.configure(modelId, { contextTokens: 512 })).rejects.toMatchObject({
      code: "memory_short",
      message: expect.stringMatching(/needs 0\.\d GB of memory and 0\.1 GB are free/),
    });
    expect(await store.read(modelId)).toEqual({ contextTokens: 256 });
    await pool.close();
    await engine.close();
    await home.remove();
  });
});

describe("a KV cache that a model's heads do not fit", () => {
  it("[MD6] [MD7] is not offered, is refused by name, and does not keep the model from being loaded", async () => {
    const odd = await TestServer.start(installRandomModel, {}, { kvCacheType: "q8_0" });
    const asker = await odd.connect();
    const plan = await asker.request("model:plan", { modelId: randomModelId });
    expect(plan.plan).toMatchObject({ usual: { kvCacheType: "f16" }, limits: { kvCacheTypes: ["f16"] } });
    await asker.request("model:load", { modelId: randomModelId });
    const refused = await asker.ask("model:configure", { modelId: randomModelId, settings: { kvCacheType: "q4_0" } });
    expect(refused).toMatchObject({
      ok: false,
      error: { code: "bad_request", field: "kvCacheType", hint: expect.stringContaining("heads have 48 values") },
    });
    await odd.close();
  });
});

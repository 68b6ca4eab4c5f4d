import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { lockModel } from "../install/InstallLock.js";
import { InstallProcess } from "../install/InstallProcess.js";
import { removeModel } from "../install/removeModel.js";
import { homePaths } from "../platform/paths.js";
import type { InstallProgress } from "../protocol/install.js";
import { LocalHub } from "./LocalHub.js";
import { type TestClient, TestServer } from "./TestServer.js";

let demo: Buffer;
let hub: LocalHub;
let cria: TestServer;

beforeAll(async () => {
  demo = await readFile(fileURLToPath(new URL("../../../models/demo/demo-q8_0.gguf", import.meta.url)));
});
beforeEach(async () => {
  hub = await LocalHub.start();
  for (const name of ["Tiny-7M-GGUF", "Small-8M-GGUF"]) hub.add(`tiny/${name}`, { "m-Q8_0.gguf": demo });
  process.env.HF_ENDPOINT = hub.endpoint;
  process.env.HF_HOME = "/nonexistent";
  cria = await TestServer.start();
});
afterEach(async () => {
  await cria.close();
  await hub.close();
});

/** Resolves with the first progress that `wanted` accepts. */
function seen(client: TestClient, wanted: (install: InstallProgress) => boolean): Promise<InstallProgress> {
  return new Promise((resolve) => {
    client.socket.on("install:progress", ({ install }) => {
      if (wanted(install)) resolve(install);
    });
  });
}
const once = (client: TestClient, name: "model:changed" | "model:removed") =>
  new Promise((resolve) => client.socket.once(name, resolve));
const state = (client: TestClient, modelId: string, wanted: InstallProgress["state"]) =>
  seen(client, (install) => install.modelId === modelId && install.state === wanted);
const source = "tiny/Tiny-7M-GGUF";
const exists = (...path: string[]) =>
  access(join(cria.homePath, "models", ...path)).then(
    () => true,
    () => false,
  );

describe("installing from the page", () => {
  it("[IN1] shows the same progress in every tab, to late ones too, and ends with a model that answers", async () => {
    const [first, second] = [await cria.connect(), await cria.connect()];
    const [inFirst, inSecond] = [state(first, "tiny.7M", "installed"), state(second, "tiny.7M", "installed")];
    const changed = new Promise<string[]>((resolve) =>
      second.socket.on("model:changed", ({ models }) => resolve(models.map((model) => model.id))),
    );
    const { install } = await first.request("install:start", { source });
    expect(install).toMatchObject({ modelId: "tiny.7M", state: "running", step: "queued" });
    expect(await inFirst).toMatchObject({ progress: 1, fetchedBytes: demo.length });
    expect(await inSecond).toMatchObject({ progress: 1 });
    expect(await changed).toEqual(["tiny.7M"]);
    const late = await cria.connect();
    expect((await late.request("install:list", {})).installs).toMatchObject([
      { modelId: "tiny.7M", state: "installed" },
    ]);
    expect((await late.request("model:list", {})).models.map((model) => model.id)).toContain("tiny.7M");
    const { generationId } = await late.request("generation:start", {
      modelId: "tiny.7M",
      prompt: "Once upon a time",
      sampling: { maxTokens: 4, temperature: 0 },
    });
    expect(generationId).toBeTruthy();
  });

  it("lists the catalog with sizes and how well each fits", async () => {
    const client = await cria.connect();
    const { installable, installs } = await client.request("install:list", {});
    expect(installs).toEqual([]);
    const llama = installable.find((model) => model.modelId === "llama.65B");
    expect(llama).toMatchObject({ installed: false, license: { url: expect.stringMatching(/^https:/) } });
    for (const variant of llama?.variants ?? []) {
      expect(variant.fit.reason).toMatch(/needs [\d.]+ GB of (memory|disk)/);
      expect(variant.peakDiskBytes).toBeGreaterThan(variant.sizeBytes);
    }
    expect(installable.some((model) => model.recommended !== undefined)).toBe(true);
  });

  it("[IN3] pauses, goes on, and cancels without leaving anything", async () => {
    const client = await cria.connect();
    hub.bytesPerSecond = 300_000;
    const fetching = seen(client, (install) => install.fetchedBytes > 100_000);
    await client.request("install:start", { source });
    await fetching;
    await client.request("install:pause", { modelId: "tiny.7M" });
    expect((await client.request("install:list", {})).installs).toMatchObject([{ state: "paused", bytesPerSecond: 0 }]);
    expect(await exists("tiny", "7M.installing")).toBe(true);
    // What another process goes on with meanwhile, `cria install` for one, is not taken from under it.
    const release = await lockModel(join(cria.homePath, "models", "tiny", "7M"));
    expect(await client.ask("install:cancel", { modelId: "tiny.7M" })).toMatchObject({
      ok: false,
      error: { code: "install_busy" },
    });
    expect(await exists("tiny", "7M.installing")).toBe(true);
    await release();
    const again = seen(client, (install) => install.state === "running" && install.step === "fetching");
    await client.request("install:start", { modelId: "tiny.7M" });
    await again;
    const cancelled = state(client, "tiny.7M", "cancelled");
    await client.request("install:cancel", { modelId: "tiny.7M" });
    await cancelled;
    expect((await client.request("install:list", {})).installs).toEqual([]);
    expect(await readdir(join(cria.homePath, "models")).catch(() => [])).not.toContain("7M.installing");
    expect(await exists("tiny", "7M.installing")).toBe(false);
    expect(await client.ask("install:cancel", { modelId: "tiny.7M" })).toMatchObject({
      ok: false,
      error: { code: "install_unknown_model" },
    });
  });

  it("[IN3] shows an install as paused after the server was started anew, and goes on with it", async () => {
    const client = await cria.connect();
    hub.bytesPerSecond = 1_000_000;
    const fetching = seen(client, (install) => install.fetchedBytes > 2_000_000);
    await client.request("install:start", { source });
    await fetching;
    await cria.restart();
    hub.bytesPerSecond = undefined;
    const later = await cria.connect();
    const [paused] = (await later.request("install:list", {})).installs;
    expect(paused).toMatchObject({ modelId: "tiny.7M", state: "paused", fetchTotalBytes: demo.length });
    expect(paused?.fetchedBytes).toBeGreaterThan(1_000_000);
    const before = hub.sentBytes();
    const installed = state(later, "tiny.7M", "installed");
    await later.request("install:start", { modelId: "tiny.7M" });
    await installed;
    expect(hub.sentBytes() - before).toBeLessThan(demo.length - 1_000_000);
  });

  it("[IN2] does one after the other", async () => {
    const client = await cria.connect();
    const running = new Set<string>();
    let most = 0;
    client.socket.on("install:progress", ({ install }) => {
      if (install.state === "running" && install.step !== "queued") running.add(install.modelId);
      else running.delete(install.modelId);
      most = Math.max(most, running.size);
    });
    const both = Promise.all([state(client, "tiny.7M", "installed"), state(client, "small.8M", "installed")]);
    await client.request("install:start", { source });
    const { install } = await client.request("install:start", { source: "tiny/Small-8M-GGUF" });
    expect(install).toMatchObject({ step: "queued", message: expect.stringContaining("Waiting") });
    await both;
    expect(most).toBe(1);
  });

  it("says why one failed, and tries again when asked", async () => {
    const client = await cria.connect();
    hub.fail({ host: "hub", path: "api", action: { type: "status", status: 403 }, times: 1 });
    const failed = state(client, "tiny.7M", "failed");
    await client.request("install:start", { source });
    expect(await failed).toMatchObject({ error: { code: "hub_unauthorized", hint: expect.any(String) } });
    const installed = state(client, "tiny.7M", "installed");
    await client.request("install:start", { source });
    expect((await installed).error).toBeUndefined();
  });

  it("removes models, but not the one that ships", async () => {
    const client = await cria.connect();
    const installed = state(client, "tiny.7M", "installed");
    await client.request("install:start", { source });
    await installed;
    await client.request("model:configure", { modelId: "tiny.7M", settings: { contextTokens: 256 } });
    const chosen = homePaths(cria.homePath).loadSettings;
    expect(await readdir(chosen)).toEqual(["tiny.7M.json"]);
    const removed = new Promise((resolve) => client.socket.on("model:removed", resolve));
    await client.request("model:remove", { modelId: "tiny.7M" });
    expect(await removed).toEqual({ modelId: "tiny.7M" });
    expect(await exists("tiny")).toBe(false);
    expect(await readdir(chosen)).toEqual([]);
    expect((await client.request("model:list", {})).models.map((model) => model.id)).toEqual(["alpaca.demo"]);
    expect(await client.ask("model:remove", { modelId: "alpaca.demo" })).toMatchObject({
      ok: false,
      error: { code: "bad_request" },
    });
    expect(await client.ask("model:remove", { modelId: "tiny.7M" })).toMatchObject({
      ok: false,
      error: { code: "model_not_found" },
    });
  });

  it("[MD4] notices what another program installs and removes", async () => {
    const client = await cria.connect();
    const changed = once(client, "model:changed");
    const outcome = await new InstallProcess(
      { ask: { source }, modelsPath: join(cria.homePath, "models"), force: false, threadCount: 1 },
      process.env,
      () => {},
    ).outcome;
    expect(outcome.type).toBe("installed");
    expect(await changed).toMatchObject({ models: [{ id: "tiny.7M", status: { state: "unloaded" } }] });
    await client.request("model:load", { modelId: "tiny.7M" });
    expect(cria.server.pool.processId("tiny.7M")).toBeDefined();
    const removed = once(client, "model:removed");
    await removeModel(join(cria.homePath, "models"), "tiny.7M");
    expect(await removed).toEqual({ modelId: "tiny.7M" });
    expect(cria.server.pool.processId("tiny.7M")).toBeUndefined();
    expect((await client.request("model:list", {})).models.map((model) => model.id)).toEqual(["alpaca.demo"]);
  });

  it("[MD4] shows an install as done that another program went on with", async () => {
    const client = await cria.connect();
    hub.bytesPerSecond = 1_000_000;
    const fetching = seen(client, (install) => install.fetchedBytes > 2_000_000);
    await client.request("install:start", { source });
    await fetching;
    await client.request("install:pause", { modelId: "tiny.7M" });
    hub.bytesPerSecond = undefined;
    const installed = state(client, "tiny.7M", "installed");
    const order = { ask: { source }, modelsPath: join(cria.homePath, "models"), force: false, threadCount: 1 };
    await new InstallProcess(order, process.env, () => {}).outcome;
    expect(await installed).toMatchObject({ progress: 1 });
  });

  it("says of the model that ships that it is there", async () => {
    const client = await cria.connect();
    expect(await client.ask("install:start", { modelId: "alpaca.demo" })).toMatchObject({
      ok: false,
      error: { code: "bad_request", message: "alpaca.demo ships with Cria and is ready to use." },
    });
  });

  it("[T25] tells nobody of the key that an address has behind its path", async () => {
    const client = await cria.connect();
    const other = await cria.connect();
    const heard: unknown[] = [];
    const failed = new Promise<void>((resolve) =>
      other.socket.on("install:progress", ({ install }) => {
        heard.push(install);
        if (install.state === "failed") resolve();
      }),
    );
    const source = "https://169.254.169.254/secret.gguf?key=hush#hush";
    await client.request("install:start", { source });
    await failed;
    expect(JSON.stringify(heard)).toContain("https://169.254.169.254/secret.gguf");
    expect(JSON.stringify([heard, await other.request("install:list", {})])).not.toContain("hush");
    await client.request("install:cancel", { modelId: "secret.base" });
  });

  it.each(["/etc/passwd", "../..", "~", "C:\\models\\x.gguf", "file:///etc/passwd", "llama.99B"])(
    "[IN4] [T7] reads nothing of this disk for who asks for %s",
    async (bad) => {
      const client = await cria.connect();
      const result = await client.ask("install:start", { source: bad });
      expect(result).toMatchObject({
        ok: false,
        error: { code: expect.stringMatching(/^install_(source_invalid|unknown_model)$/) },
      });
      expect((await client.request("install:list", {})).installs).toEqual([]);
    },
  );
});

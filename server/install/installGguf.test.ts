import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ModelRegistry } from "../models/ModelRegistry.js";
import { manifestSchema } from "../models/manifest.js";
import { createLogger } from "../platform/logger.js";
import { type SplitParts, splitGguf } from "../test/splitGguf.js";
import { TestInstaller } from "../test/TestInstaller.js";

const demoPath = fileURLToPath(new URL("../../../models/demo/demo-q8_0.gguf", import.meta.url));
let demo: Buffer;
let demoSha256: string;
let parts: SplitParts;
let installer: TestInstaller;

beforeAll(async () => {
  demo = await readFile(demoPath);
  demoSha256 = createHash("sha256").update(demo).digest("hex");
  parts = await splitGguf(demoPath, 3);
});
beforeEach(async () => {
  installer = await TestInstaller.start();
});
afterEach(async () => {
  await installer.close();
});

const ask = { source: "tiny/Tiny-7M-GGUF" };
const addDemo = (files: Record<string, Uint8Array> = { "Tiny-7M-Q8_0.gguf": demo }) =>
  installer.hub.add("tiny/Tiny-7M-GGUF", files, { license: "mit" });
/** Begins the install and stops it when 2 MB of it are here. */
async function beginAndStop() {
  installer.hub.bytesPerSecond = 1_000_000;
  const begun = installer.start(ask);
  await new Promise<void>((resolve) => {
    installer.hub.onSent = (total) => total > 2_000_000 && resolve();
  });
  const outcome = await begun.stop();
  installer.hub.bytesPerSecond = undefined;
  installer.hub.onSent = undefined;
  return outcome;
}
const modelFiles = () => readdir(join(installer.modelsPath, "tiny", "7M"));
const familyFiles = () => readdir(join(installer.modelsPath, "tiny"));

describe("installing a GGUF repository", () => {
  it("fetches, checks, loads and registers it, and leaves nothing else behind", async () => {
    addDemo();
    const outcome = await installer.install(ask);
    expect(outcome).toMatchObject({ type: "installed", manifest: { id: "tiny.7M", sha256: demoSha256 } });
    expect(await familyFiles()).toEqual(["7M"]);
    const manifest = manifestSchema.parse(JSON.parse((await installer.read("tiny", "7M", "model.json")).toString()));
    expect(await modelFiles()).toEqual([manifest.file, "model.json"].sort());
    expect(manifest).toMatchObject({
      id: "tiny.7M",
      kind: "chat",
      promptFormat: "template",
      sizeBytes: demo.length,
      quantization: "Q8_0",
      contextTokens: 512,
      parameterCount: 6_819_072,
      license: { name: "mit" },
      sources: [
        {
          name: "tiny/Tiny-7M-GGUF",
          revision: expect.stringMatching(/^[0-9a-f]{40}$/),
          files: [{ path: "Tiny-7M-Q8_0.gguf", sizeBytes: demo.length, sha256: demoSha256 }],
        },
      ],
    });
    expect((await installer.read("tiny", "7M", manifest.file)).equals(demo)).toBe(true);
    const registry = new ModelRegistry(
      { packageModelsPath: join(installer.modelsPath, "none"), homeModelsPath: installer.modelsPath },
      createLogger("silent"),
    );
    await registry.scan();
    expect(registry.get("TINY.7m")).toMatchObject({ id: "tiny.7M", contextTokens: 512 });
  });

  it("reports progress that never falls and ends at one bar's end", async () => {
    addDemo();
    await installer.install(ask);
    const { progress } = installer;
    expect(
      progress.every(
        (entry, index) => entry.progress >= (progress[index - 1]?.progress ?? 0) || entry.step === "checking",
      ),
    ).toBe(true);
    expect(new Set(progress.map((entry) => entry.step))).toEqual(
      new Set(["resolving", "checking", "fetching", "verifying", "registering"]),
    );
    expect(progress.at(-1)).toMatchObject({
      step: "registering",
      fetchedBytes: demo.length,
      fetchTotalBytes: demo.length,
    });
    expect(progress.at(-1)?.progress).toBeGreaterThan(0.99);
  });

  it("fetches nothing when the very same is installed, and the new one when there is another", async () => {
    addDemo();
    await installer.install(ask);
    const before = installer.hub.sentBytes();
    expect(await installer.install(ask)).toMatchObject({ type: "installed" });
    expect(installer.hub.sentBytes()).toBe(before);
    addDemo({ "Tiny-7M-Q4_K_M.gguf": demo, "Tiny-7M-Q8_0.gguf": demo });
    expect(await installer.install({ ...ask, as: "tiny.7M", source: "tiny/Tiny-7M-GGUF:Q4_K_M" })).toMatchObject({
      type: "installed",
    });
    expect(installer.hub.sentBytes("Q4_K_M")).toBe(demo.length);
    expect((await modelFiles()).length).toBe(2);
  });

  it("leaves a model of the same name alone that came from elsewhere, unless it is forced", async () => {
    addDemo();
    await installer.install(ask);
    installer.hub.add("other/Tiny-7M-GGUF", { "Tiny-7M-Q8_0.gguf": demo });
    const before = installer.hub.sentBytes();
    for (const other of [{ source: "other/Tiny-7M-GGUF" }, { source: demoPath, as: "tiny.7M" }])
      expect(await installer.install(other)).toMatchObject({
        type: "failed",
        error: { code: "bad_request", message: "tiny.7M is installed already, from tiny/Tiny-7M-GGUF." },
      });
    expect(installer.hub.sentBytes()).toBe(before);
    expect(await readdir(join(installer.modelsPath, "tiny"))).toEqual(["7M"]);
    expect(await installer.install({ source: "other/Tiny-7M-GGUF" }, { force: true })).toMatchObject({
      type: "installed",
      manifest: { id: "tiny.7M", sources: [{ name: "other/Tiny-7M-GGUF" }] },
    });
  });

  it("leaves one that was begun and not finished alone in the same way", async () => {
    addDemo();
    await beginAndStop();
    installer.hub.add("other/Tiny-7M-GGUF", { "Tiny-7M-Q8_0.gguf": demo });
    for (const other of [{ source: "other/Tiny-7M-GGUF" }, { source: demoPath, as: "tiny.7M" }])
      expect(await installer.install(other)).toMatchObject({
        type: "failed",
        error: {
          code: "bad_request",
          message: "tiny.7M was begun already, from tiny/Tiny-7M-GGUF, and is not finished.",
          hint: expect.stringContaining("--force"),
        },
      });
    const before = installer.hub.sentBytes();
    expect(await installer.install(ask)).toMatchObject({ type: "installed" });
    // What was fetched is still there: the refused ones have not touched it.
    expect(installer.hub.sentBytes() - before).toBeLessThan(demo.length - 1_000_000);
  });

  it("puts another one in the place of one that was begun where it is forced", async () => {
    addDemo();
    await beginAndStop();
    const forced = await installer.install({ source: demoPath, as: "tiny.7M" }, { force: true });
    expect(forced).toMatchObject({ type: "installed", manifest: { sources: [{ name: demoPath }] } });
    expect(await familyFiles()).toEqual(["7M"]);
  });

  it("joins a split model into one file of the same tensors", async () => {
    addDemo(parts);
    const outcome = await installer.install(ask);
    expect(outcome).toMatchObject({ type: "installed", manifest: { sizeBytes: demo.length, sha256: demoSha256 } });
  });

  it("refuses to quantize what is quantized already", async () => {
    const outcome = await installer.install({ source: demoPath, as: "tiny.small", quantization: "Q4_0" });
    expect(outcome).toMatchObject({ type: "failed", error: { code: "quantize_refused" } });
  });

  it("takes a file of this disk without asking any hub", async () => {
    const outcome = await installer.install({ source: demoPath, as: "tiny.local" });
    expect(outcome).toMatchObject({ type: "installed", manifest: { id: "tiny.local", sha256: demoSha256 } });
    expect(installer.hub.requests).toHaveLength(0);
    expect((await readFile(demoPath)).equals(demo)).toBe(true);
  });
});

describe("installs that cannot succeed", () => {
  const failure = async (code: string, changed = ask) => {
    const outcome = await installer.install(changed);
    expect(outcome).toMatchObject({ type: "failed", error: { code, hint: expect.any(String) } });
  };

  it("[T14] leave the installed model of that name as it was", async () => {
    addDemo();
    await installer.install(ask);
    const before = await modelFiles();
    const broken = Buffer.from(demo);
    broken.write("XXXX", 0);
    for (const [code, spoil] of [
      ["download_corrupt", () => installer.hub.fail({ host: "cdn", action: { type: "flipByte", offset: 1_000_000 } })],
      ["gguf_invalid", () => addDemo({ "Tiny-7M-Q8_0.gguf": broken })],
      ["gguf_invalid", () => addDemo({ "Tiny-7M-Q8_0.gguf": demo.subarray(0, 100_000) })],
      ["gguf_invalid", () => addDemo({ "Tiny-7M-Q8_0.gguf": Buffer.concat([demo, Buffer.alloc(100_000)]) })],
      ["install_source_invalid", () => addDemo({ "README.md": Buffer.from("nothing") })],
    ] as const) {
      installer.hub.heal();
      addDemo({ "Tiny-7M-Q8_0.gguf": Buffer.concat([demo, Buffer.alloc(32)]) });
      spoil();
      await failure(code);
      expect(await modelFiles()).toEqual(before);
      expect(
        (await installer.read("tiny", "7M", before.find((name) => name.endsWith(".gguf")) ?? "")).equals(demo),
      ).toBe(true);
    }
  });

  it("say what a gated, a missing and an unauthorized repository want", async () => {
    installer.hub.add("tiny/gated", { "m-Q8_0.gguf": demo }, { gated: true, token: "hf_right" });
    await failure("hub_gated", { source: "tiny/gated" });
    await failure("hub_not_found", { source: "tiny/missing" });
    installer.hub.fail({ host: "hub", path: "api", action: { type: "status", status: 403 } });
    await failure("hub_unauthorized");
  });

  it("work with a token that may read, which never reaches the file server", async () => {
    installer.hub.add("tiny/gated", { "m-Q8_0.gguf": demo }, { gated: true, token: "hf_right" });
    installer.environment = { ...installer.environment, HF_TOKEN: "hf_right" };
    expect(await installer.install({ source: "tiny/gated" })).toMatchObject({ type: "installed" });
    expect(installer.hub.requests.some((entry) => entry.host === "cdn" && entry.authorization !== undefined)).toBe(
      false,
    );
  });

  it.each([
    "../../etc",
    "https://user@example.com/x.gguf",
    "http://example.com/x.gguf",
    "file:///etc/passwd",
    "llama.99B",
    "$(touch x)",
  ])("[T7] refuse the source %s", async (source) => {
    const outcome = await installer.install({ source }, { workingFolder: undefined });
    expect(outcome.type === "failed" && outcome.error.code).toMatch(
      /install_source_invalid|install_unknown_model|bad_request/,
    );
    expect(installer.hub.requests).toHaveLength(0);
  });

  it("[T12] refuse an address inside this network", async () => {
    const outcome = await installer.install({ source: "https://169.254.169.254/m.gguf" });
    expect(outcome).toMatchObject({ type: "failed", error: { code: "download_refused" } });
  });

  it("[T14] let only one process install a model, and the next one when the first was killed", async () => {
    addDemo();
    installer.hub.bytesPerSecond = 100_000;
    const first = installer.start(ask);
    await new Promise<void>((resolve) => {
      installer.hub.onSent = (total) => total > 200_000 && resolve();
    });
    await failure("install_busy");
    first.crash();
    expect(await first.outcome).toMatchObject({ type: "failed", error: { code: "install_failed" } });
    installer.hub.bytesPerSecond = undefined;
    expect(await installer.install(ask)).toMatchObject({ type: "installed" });
  });

  it("are paused when they are told to, and go on", async () => {
    addDemo();
    expect(await beginAndStop()).toEqual({ type: "stopped" });
    expect(await familyFiles()).toEqual(["7M.installing"]);
    const before = installer.hub.sentBytes();
    expect(await installer.install(ask)).toMatchObject({ type: "installed" });
    expect(installer.hub.sentBytes() - before).toBeLessThan(demo.length - 1_000_000);
  });

  it("take the newest version when the one that was begun is gone from the hub", async () => {
    addDemo();
    await beginAndStop();
    addDemo({ "Tiny-7M-Q8_0.gguf": Buffer.concat([demo, Buffer.alloc(32)]) });
    expect(await installer.install(ask)).toMatchObject({
      type: "installed",
      manifest: { sizeBytes: demo.length + 32 },
    });
  });

  it("begin anew when what an earlier run left belongs to another version", async () => {
    addDemo();
    await beginAndStop();
    await writeFile(join(installer.modelsPath, "tiny", "7M.installing", "install.json"), "{broken");
    expect(await installer.install(ask)).toMatchObject({ type: "installed" });
  });
});

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { Quantization } from "../protocol/install.js";
import { makeCheckpoint } from "../test/makeCheckpoint.js";
import { TestInstaller } from "../test/TestInstaller.js";
import { randomUints } from "../weights/fixtures/tinyLlama.js";

/** What random installs here have of a download in flight: a part of what they usually have, as their weights are of usual ones. */
const pieceBytes = 128 * 1024;
const demoPath = fileURLToPath(new URL("../../../models/demo/demo-q8_0.gguf", import.meta.url));

it("[T14] killed at ten moments from the first byte to the last step, the next run finishes with the same bytes", async () => {
  const demo = await readFile(demoPath);
  const sha256 = createHash("sha256").update(demo).digest("hex");
  const installer = await TestInstaller.start();
  const { hub } = installer;
  hub.add("tiny/Tiny-7M-GGUF", { "Tiny-7M-Q8_0.gguf": demo });
  const ask = { source: "tiny/Tiny-7M-GGUF" };
  // Moments are amounts of data or steps, not times, so that slow machines are killed in the same places.
  const moments: { bytes?: number; step?: string }[] = [
    { step: "resolving" },
    { step: "checking" },
    { bytes: 1 },
    { bytes: 700_000 },
    { bytes: 2_345_678 },
    { bytes: 1_234_567 },
    { bytes: 3_000_000 },
    { step: "verifying" },
    { step: "verifying" },
    { step: "registering" },
  ];
  try {
    for (const moment of moments) {
      const before = hub.sentBytes();
      const seen = installer.progress.length;
      const child = installer.start(ask);
      const kill = () => child.crash();
      const watch = setInterval(() => {
        if (installer.progress.slice(seen).some((entry) => entry.step === moment.step)) kill();
      }, 1);
      hub.onSent = (total) => {
        if (moment.bytes !== undefined && total - before >= moment.bytes) kill();
      };
      await child.outcome;
      clearInterval(watch);
    }
    hub.onSent = undefined;
    const outcome = await installer.install(ask);
    expect(outcome, JSON.stringify(outcome)).toMatchObject({ type: "installed", manifest: { sha256 } });
    const files = await readdir(join(installer.modelsPath, "tiny", "7M"));
    expect(files.length).toBe(2);
    expect(await readdir(join(installer.modelsPath, "tiny"))).toEqual(["7M"]);
    const weights = await installer.read("tiny", "7M", files.find((name) => name.endsWith(".gguf")) ?? "");
    expect(weights.equals(demo)).toBe(true);
    // With the pieces of this test (512 kB) a kill costs at most what four connections had under way and one save.
    expect(hub.sentBytes()).toBeLessThan(demo.length + moments.length * 4_000_000);
  } finally {
    await installer.close();
  }
});

it("[T14] killed at twenty random moments, an install of a checkpoint finishes with the same bytes and fetches little again", async () => {
  const shape = { embedding: 256, layers: 6, heads: 8, keyValueHeads: 4, feedForward: 768 };
  const installer = await TestInstaller.start();
  const { hub, progress } = installer;
  // Slow enough that fetching takes its part of the time in which something can happen.
  hub.totalBytesPerSecond = 20_000_000;
  const run = async (shards: number, name: string, killAt = Number.POSITIVE_INFINITY) => {
    const ask = { source: `made/In-${shards}`, as: `made.${name}`, quantization: "Q8_0" as Quantization };
    const seen = progress.length;
    const child = installer.start(ask, { download: { segmentBytes: pieceBytes, saveEveryBytes: pieceBytes } });
    const watch = setInterval(() => {
      const reached = progress.slice(seen).some((entry) => entry.progress >= killAt);
      if (reached) child.crash();
    }, 1);
    const { type } = await child.outcome;
    clearInterval(watch);
    return type;
  };
  const weights = async (name: string) => {
    const names = await readdir(join(installer.modelsPath, "made", name));
    expect(names.length).toBe(2);
    return await installer.read("made", name, names.find((file) => file.endsWith(".gguf")) ?? "");
  };
  const random = randomUints(20);
  const killedIn = new Set<string | undefined>();
  try {
    for (const shards of [1, 3]) {
      const files = makeCheckpoint({ ...shape, shards });
      hub.add(`made/In-${shards}`, files);
      expect(await run(shards, `whole-${shards}`)).toBe("installed");
      const before = hub.sentBytes();
      for (let kill = 0; kill < 10; kill++)
        if ((await run(shards, `killed-${shards}`, (random() % 1000) / 1000)) === "failed")
          killedIn.add(progress.at(-1)?.step);
      expect(await run(shards, `killed-${shards}`)).toBe("installed");
      expect((await weights(`killed-${shards}`)).equals(await weights(`whole-${shards}`))).toBe(true);
      const sizeBytes = Object.values(files).reduce((sum, file) => sum + file.length, 0);
      // For each kill: four pieces under way, four that are there but not noted, and what the sockets of this machine hold.
      expect(hub.sentBytes() - before).toBeLessThan(sizeBytes + 10 * (8 * pieceBytes + 1_000_000));
    }
    expect(killedIn.size).toBeGreaterThan(1);
  } finally {
    await installer.close();
  }
}, 300_000);

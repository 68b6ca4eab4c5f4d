import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { TestInstaller } from "../test/TestInstaller.js";

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
      const kill = () => child.processId !== undefined && process.kill(child.processId, "SIGKILL");
      const watch = setInterval(() => {
        if (installer.progress.slice(seen).some((entry) => entry.step === moment.step)) kill();
      }, 1);
      hub.onSent = (total) => moment.bytes !== undefined && total - before >= moment.bytes && kill();
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

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { packagePath } from "../../platform/paths.js";
import { fuzzRuns } from "./fuzzRuns.js";
import { killTargets, RandomKills } from "./RandomKills.js";

// Child processes are found by /proc.
it.runIf(process.platform === "linux")(
  "[T14] [T27] killed at random moments of chat, history and installs, nothing that was acknowledged or shown is lost",
  async () => {
    const weights = await readFile(join(packagePath, "models", "demo", "demo-q8_0.gguf"));
    const plan = fc.sample(
      fc.tuple(fc.constantFrom(...killTargets), fc.integer({ min: 1, max: 60 })),
      fuzzRuns(6, 200),
    );
    const kills = await RandomKills.start(weights);
    try {
      for (const [target, afterTicks] of plan) {
        await kills.kill(target, afterTicks);
        expect(await kills.findLosses(3)).toEqual([]);
      }
      expect(await kills.findLosses()).toEqual([]);
      expect(kills.counts.messages).toBeGreaterThan(plan.length / 4);
      expect(kills.counts.shownLength).toBeGreaterThan(0);
    } finally {
      await kills.close();
    }
  },
);

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packagePath } from "../../platform/paths.js";
import { fuzzRuns } from "./fuzzRuns.js";
import { killTargets, RandomKills } from "./RandomKills.js";

/** Each part has a home and a server of its own: one of six kills among the tests, eight of 25 with `npm run fuzz`. */
const parts = Array.from({ length: fuzzRuns(1, 8).numRuns ?? 1 }, (_, part) => part);
const { numRuns: kills, seed = 0 } = fuzzRuns(6, 25);

// Child processes are found by /proc.
describe.runIf(process.platform === "linux")("[T14] [T27] processes killed at random moments", () => {
  it.each(parts)(
    "of chat, history and installs lose nothing that was acknowledged or shown (part %i)",
    async (part) => {
      const weights = await readFile(join(packagePath, "models", "demo", "demo-q8_0.gguf"));
      const plan = fc.sample(fc.tuple(fc.constantFrom(...killTargets), fc.integer({ min: 1, max: 60 })), {
        numRuns: kills ?? 1,
        seed: seed + part,
      });
      const drill = await RandomKills.start(weights);
      try {
        for (const [target, afterTicks] of plan) {
          await drill.kill(target, afterTicks);
          expect(await drill.findLosses(3)).toEqual([]);
        }
        expect(await drill.findLosses()).toEqual([]);
        const { messages, shownLength } = drill.counts;
        expect(messages).toBeGreaterThan(plan.length / 4);
        expect(shownLength).toBeGreaterThan(0);
        console.log(`${plan.length} kills, ${messages} messages, ${shownLength} characters of replies: nothing lost`);
      } finally {
        await drill.close();
      }
    },
  );
});

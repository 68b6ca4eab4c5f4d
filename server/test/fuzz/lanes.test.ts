import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { fuzzRuns } from "./fuzzRuns.js";
import { LaneDrill } from "./LaneDrill.js";
import { laneAction } from "./laneActions.js";

/** Each part has an engine of its own. */
const parts = Array.from({ length: fuzzRuns(1, 8).numRuns ?? 1 }, (_, part) => part);
const { numRuns: actions = 1, seed = 0 } = fuzzRuns(120, 300);

it.each(parts)("[T6] conversations that share few lanes write what each writes alone (part %i)", async (part) => {
  const folder = await mkdtemp(join(tmpdir(), "cria-lanes-"));
  try {
    const drill = await LaneDrill.start(folder);
    for (const action of fc.sample(laneAction, { numRuns: actions, seed: seed + part })) await drill.act(action);
    expect(await drill.findFaults(), `seed ${seed + part}`).toEqual([]);
    // Otherwise it would say nothing of what is shared, parked and read back.
    const { replies, stopped, refused, restored, cachedTokens } = drill.counts;
    for (const count of [replies, stopped, refused, restored, cachedTokens]) expect(count).toBeGreaterThan(0);
    console.log(`${replies} replies, ${stopped} stopped, ${restored} caches read back: each as if alone`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

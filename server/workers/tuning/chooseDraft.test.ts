import { describe, expect, it } from "vitest";
import { AppError } from "../../platform/AppError.js";
import type { ModelSummary } from "../../weights/gguf/readModelSummary.js";
import { chooseDraft, type DraftRun } from "./chooseDraft.js";
import type { DraftCandidate } from "./findDrafts.js";
import type { EngineSettings } from "./Tuning.js";
import type { Tried } from "./tuneModel.js";

const settings: EngineSettings = {
  threads: 1,
  batchThreads: 1,
  flashAttention: "auto",
  kvCacheType: "f16",
  weightsIn: "mapped",
};

const candidate = (id: string): DraftCandidate => ({
  model: { id, weightsPath: `${id}.gguf`, sizeBytes: 1 },
  summary: {} as ModelSummary,
  tuned: { modelId: id, weights: { sizeBytes: 1, modifiedMs: 1 }, guessTokens: 8 },
});

/** As if the model wrote a token in 10 ms, and with each draft in what is said for it; in turn, for each round. */
async function choose(ms: Record<string, number[]>, change: Partial<DraftRun> = {}) {
  const tried: Tried[] = [];
  const rounds = new Map<string, number>();
  const draft = await chooseDraft(settings, Object.keys(ms).map(candidate), {
    open: ({ draft }) =>
      Promise.resolve({
        writeMs: () => {
          const id = draft?.modelId ?? "";
          const round = rounds.get(id) ?? 0;
          rounds.set(id, round + 1);
          return Promise.resolve(ms[id]?.[round] ?? 10);
        },
      }),
    fits: () => true,
    replyTokens: () => 48,
    onTried: (one) => tried.push(one),
    hasTime: () => true,
    ...change,
  });
  return { kept: draft?.modelId, tried: tried.map(({ name, gain, kept }) => ({ name, gain, kept })) };
}

describe("chooseDraft", () => {
  it("keeps a draft with which the model writes at least a tenth faster, by the round in the middle", async () => {
    expect(await choose({ small: [9, 1, 20] })).toMatchObject({ kept: "small" });
    expect((await choose({ small: [9.2, 1, 20] })).kept).toBeUndefined();
    expect((await choose({ small: [12, 12, 12] })).kept).toBeUndefined();
  });

  it("keeps the best of several and tells all", async () => {
    const { kept, tried } = await choose({ a: [8, 8, 8], b: [5, 5, 5], c: [7, 7, 7] });
    expect(kept).toBe("b");
    expect(tried).toEqual([
      { name: "guesses by a", gain: 1.25, kept: true },
      { name: "guesses by b", gain: 2, kept: true },
      { name: "guesses by c", gain: 10 / 7, kept: false },
    ]);
  });

  it("tries none that does not fit or cannot be loaded, and goes on with the next", async () => {
    const unfit = await choose({ a: [5, 5, 5] }, { fits: () => false });
    expect(unfit).toEqual({ kept: undefined, tried: [{ name: "guesses by a", gain: undefined, kept: false }] });
    const broken: DraftRun["open"] = () => Promise.reject(new AppError("model_load_failed", "broken"));
    expect((await choose({ a: [5, 5, 5] }, { open: broken })).kept).toBeUndefined();
    const died: DraftRun["open"] = () => Promise.reject(new AppError("worker_died", "died"));
    await expect(choose({ a: [5, 5, 5] }, { open: died })).rejects.toMatchObject({ code: "worker_died" });
  });

  it("tries nothing more when the time is over", async () => {
    expect(await choose({ a: [5, 5, 5] }, { hasTime: () => false })).toEqual({ kept: undefined, tried: [] });
  });
});

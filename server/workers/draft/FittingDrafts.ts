import { stat } from "node:fs/promises";
import { LRUCache } from "lru-cache";
import { AppError } from "../../platform/AppError.js";
import type { ModelSummary } from "../../weights/gguf/readModelSummary.js";
import { inspectForPlan } from "../inspectForPlan.js";
import type { PoolModel } from "../WorkerPool.js";
import { largestShare, openDraft } from "./openDraft.js";

/** A model that could write guesses for another. */
export interface FittingDraft {
  modelId: string;
  summary: ModelSummary;
}

/** Pairs of models whose outcome is kept: a vocabulary has 100,000 words and more, and people move sliders. */
const rememberedPairs = 1000;

/** Finds the models that could write guesses for another one; what their files said is remembered until they are others. */
export class FittingDrafts {
  readonly #outcomes = new LRUCache<string, { summary: ModelSummary | undefined }>({ max: rememberedPairs });

  /** Of `installed`, the biggest first: the better ones. Throws what keeps `target` itself from being read. */
  async find(target: PoolModel, installed: readonly PoolModel[]): Promise<FittingDraft[]> {
    const found: FittingDraft[] = [];
    const targetKey = await fileKey(target);
    for (const model of installed.toSorted((a, b) => b.sizeBytes - a.sizeBytes)) {
      // Whoever is clearly too big need not be read.
      if (model.id === target.id || model.sizeBytes > target.sizeBytes * largestShare) continue;
      const key = `${targetKey} ${await fileKey(model)}`;
      const summary = this.#outcomes.has(key) ? this.#outcomes.get(key)?.summary : await fits(target, model);
      this.#outcomes.set(key, { summary });
      if (summary !== undefined) found.push({ modelId: model.id, summary });
    }
    return found;
  }
}

/** The draft's summary; undefined: it is of another family, or damaged. */
async function fits(target: PoolModel, model: PoolModel): Promise<ModelSummary | undefined> {
  const inspected = { id: target.id, ...(await inspectForPlan(target.weightsPath)) };
  try {
    return (await openDraft(inspected, model)).summary;
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

/** Another file has another one. */
async function fileKey({ weightsPath }: PoolModel): Promise<string> {
  const found = await stat(weightsPath).catch(() => undefined);
  return JSON.stringify([weightsPath, found?.size, found?.mtimeMs]);
}

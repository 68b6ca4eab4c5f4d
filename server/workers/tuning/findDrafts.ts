import { stat } from "node:fs/promises";
import { AppError } from "../../platform/AppError.js";
import type { ModelSummary } from "../../weights/gguf/readModelSummary.js";
import { isFlashAttentionSlow } from "../child/contextOptions.js";
import { type InspectedModel, mostGuessTokens, openDraft } from "../draft/openDraft.js";
import type { PoolModel } from "../WorkerPool.js";
import type { TunedDraft } from "./Tuning.js";

/** A model that may be worth having as a draft. */
export interface DraftCandidate {
  model: PoolModel;
  summary: ModelSummary;
  tuned: TunedDraft;
}

/** What is not named is tried up to this share of the model's size: a bigger draft takes too long for what it gets right. */
const usualShare = 1 / 5;
const mostCandidates = 3;

/** The model that somebody named as a draft. Throws `draft_unfit`, `gguf_invalid`, `weights_unreadable`. */
export async function namedDraft(target: InspectedModel & { id: string }, model: PoolModel): Promise<DraftCandidate> {
  const { summary } = await openDraft(target, model);
  const { size, mtimeMs } = await stat(model.weightsPath);
  return {
    model,
    summary,
    tuned: { modelId: model.id, weights: { sizeBytes: size, modifiedMs: mtimeMs }, guessTokens: mostGuessTokens },
  };
}

/**
 * Installed models that could write guesses for `target`, the biggest first: the better ones. None where guessing would change how the
 * model computes: without flash attention, or with weights that are not quantized, the engine rounds several tokens at once otherwise
 * than one.
 */
export async function findDrafts(
  target: InspectedModel & { id: string },
  installed: readonly PoolModel[],
): Promise<DraftCandidate[]> {
  const { quantization, keyLength, tensorSizeBytes } = target.summary;
  if (isFlashAttentionSlow(false, keyLength) || ["F32", "F16", "BF16"].includes(quantization ?? "")) return [];
  const found: DraftCandidate[] = [];
  for (const model of installed.toSorted((a, b) => b.sizeBytes - a.sizeBytes)) {
    if (model.sizeBytes > tensorSizeBytes * usualShare) continue;
    try {
      found.push(await namedDraft(target, model));
    } catch (error) {
      // Of another family, or damaged: not one to try.
      if (!(error instanceof AppError)) throw error;
    }
    if (found.length === mostCandidates) break;
  }
  return found;
}

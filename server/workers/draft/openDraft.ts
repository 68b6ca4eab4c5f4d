import { AppError } from "../../platform/AppError.js";
import { compareVocabularies } from "../../weights/gguf/compareVocabularies.js";
import { inspectGguf } from "../../weights/gguf/inspectGguf.js";
import type { GgufIndex } from "../../weights/gguf/readGgufIndex.js";
import type { ModelSummary } from "../../weights/gguf/readModelSummary.js";
import type { PoolModel } from "../WorkerPool.js";

/** A draft has at most this share of its model's bytes: a bigger one takes as long to guess as the model to write. */
export const largestShare = 1 / 2;
/** Tokens that a draft writes at once at the most: checking more than these costs more than they bring. */
export const mostGuessTokens = 8;

/** A model as its file describes it. */
export interface InspectedModel {
  index: GgufIndex;
  summary: ModelSummary;
}

/**
 * The draft as its file describes it. Throws `draft_unfit` when it cannot guess for `target`, and what {@link inspectGguf} throws.
 */
export async function openDraft(
  target: InspectedModel & { id: string },
  draft: Pick<PoolModel, "id" | "weightsPath">,
  inspect = inspectGguf,
): Promise<InspectedModel> {
  const refuse = (why: string, hint: string) =>
    new AppError("draft_unfit", `${draft.id} cannot write guesses for ${target.id}: ${why}.`, { hint });
  if (draft.id === target.id) throw refuse("it is the same model", "Name a smaller one of its family.");
  const inspected = await inspect(draft.weightsPath);
  const difference = compareVocabularies(target.index.metadata, inspected.index.metadata);
  if (difference !== undefined)
    throw refuse(
      `their vocabularies differ, ${difference}`,
      "A smaller model of the same family has the same vocabulary.",
    );
  if (inspected.summary.tensorSizeBytes > target.summary.tensorSizeBytes * largestShare)
    throw refuse("it is not clearly smaller", "Take one of a fifth of the size or less.");
  return inspected;
}

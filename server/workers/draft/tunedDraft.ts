import { stat } from "node:fs/promises";
import type { TunedDraft } from "../tuning/Tuning.js";
import type { PoolModel } from "../WorkerPool.js";
import type { DraftChoice } from "./holdDraft.js";

/** The draft that was measured to be worth having, or why it no longer counts. `installed`: the model of that name, if there is one. */
export async function tunedDraft(
  { modelId, weights, guessTokens }: TunedDraft,
  installed: PoolModel | undefined,
): Promise<DraftChoice> {
  if (installed === undefined) return { failure: `${modelId}, which wrote its guesses, is no longer installed.` };
  const found = await stat(installed.weightsPath).catch(() => undefined);
  if (found === undefined) return { failure: `The file of ${modelId}, which wrote its guesses, is gone.` };
  if (found.size !== weights.sizeBytes || found.mtimeMs !== weights.modifiedMs)
    return { failure: `${modelId}, which wrote its guesses, is not the one that was measured: run cria tune again.` };
  return { model: installed, guessTokens };
}

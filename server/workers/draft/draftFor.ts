import type { LoadSettings } from "../../protocol/loadSettings.js";
import type { TunedDraft } from "../tuning/Tuning.js";
import type { PoolModel } from "../WorkerPool.js";
import type { DraftChoice } from "./holdDraft.js";
import { mostGuessTokens } from "./openDraft.js";
import { tunedDraft } from "./tunedDraft.js";

/**
 * The draft that counts for a model: the one that somebody chose, none where none was chosen, else what was measured. `find` gives the
 * installed model of a name.
 */
export async function draftFor(
  chosen: LoadSettings["draft"],
  tuned: TunedDraft | undefined,
  find: (modelId: string) => PoolModel | undefined,
): Promise<DraftChoice | undefined> {
  if (chosen === null) return undefined;
  if (chosen === undefined) return tuned && (await tunedDraft(tuned, find(tuned.modelId)));
  const model = find(chosen);
  if (model === undefined) return { failure: `${chosen}, which was chosen to write its guesses, is not installed.` };
  return { model, guessTokens: mostGuessTokens, isChosen: true };
}

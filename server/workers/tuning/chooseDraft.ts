import { AppError } from "../../platform/AppError.js";
import type { DraftCandidate } from "./findDrafts.js";
import { median } from "./median.js";
import type { EngineSettings, TunedDraft } from "./Tuning.js";
import type { TuningTrial } from "./TuningTrial.js";
import type { Tried } from "./tuneModel.js";

/** A draft has to make writing so many times as fast: it takes memory, and texts differ. */
export const worthDrafting = 1.1;
const rounds = 3;

/** What a draft is measured with. */
export interface DraftRun {
  /** Loads the model so; `beside`: the settings that stay in memory too. */
  open(settings: EngineSettings, beside: EngineSettings): Promise<Pick<TuningTrial, "writeMs">>;
  /** Whether there is memory for the model held so. */
  fits(settings: EngineSettings): boolean;
  /** Tokens of each reply. */
  replyTokens(): number;
  onTried(tried: Tried): void;
  /** Whether there is time for another candidate. */
  hasTime(): boolean;
}

/**
 * The draft with which the model writes fastest, if it is worth while with any: greedy replies to the same few prompts with and without
 * it, in turn, so that whatever else the machine does hits both.
 */
export async function chooseDraft(
  settings: EngineSettings,
  candidates: readonly DraftCandidate[],
  run: DraftRun,
): Promise<TunedDraft | undefined> {
  let best: { draft: TunedDraft; gain: number } | undefined;
  for (const { tuned: draft } of candidates) {
    if (!run.hasTime()) break;
    const drafted = { ...settings, draft };
    const gain = run.fits(drafted) ? await measureGain(settings, drafted, run) : undefined;
    const kept = gain !== undefined && gain >= Math.max(worthDrafting, best?.gain ?? 0);
    run.onTried({
      name: `guesses by ${draft.modelId}`,
      speed: undefined,
      ...(gain === undefined ? {} : { gain }),
      kept,
    });
    if (kept) best = { draft, gain };
  }
  return best && { ...best.draft, gain: best.gain };
}

/** How many times as fast; undefined: it cannot be loaded. */
async function measureGain(plain: EngineSettings, drafted: EngineSettings, run: DraftRun): Promise<number | undefined> {
  const gains: number[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const plainMs = await (await run.open(plain, drafted)).writeMs(run.replyTokens());
      const draftedMs = await (await run.open(drafted, plain)).writeMs(run.replyTokens());
      gains.push(plainMs / draftedMs);
    }
  } catch (error) {
    if (error instanceof AppError && error.code === "model_load_failed") return undefined;
    throw error;
  }
  return median(gains);
}

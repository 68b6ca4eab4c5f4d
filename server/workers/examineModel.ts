import type { LoadSettings } from "../protocol/loadSettings.js";
import { inspectGguf } from "../weights/gguf/inspectGguf.js";
import type { ModelSummary } from "../weights/gguf/readModelSummary.js";
import { type HeldDraft, holdDraft, wantDraft } from "./draft/holdDraft.js";
import { chooseHolding } from "./loadOptions.js";
import type { PoolOptions } from "./PoolOptions.js";
import type { PoolModel } from "./WorkerPool.js";

/** What decides how a model is loaded, but for the memory that is free. */
export interface ExaminedModel {
  summary: ModelSummary;
  /** What somebody chose for it. */
  chosen: LoadSettings;
  holding: ReturnType<typeof chooseHolding>;
  /** How it is held in so much memory, with its draft if both fit. */
  hold(availableBytes: number): HeldDraft;
}

/**
 * Reads the model's file and what was chosen and measured for it; `settings`: instead of what was chosen. A file's header is hostile
 * until it was checked: nothing native sees one that lies ([T15]); `inspect`: how it is read and checked. Throws `gguf_invalid`.
 */
export async function examineModel(
  model: PoolModel,
  options: PoolOptions,
  settings?: LoadSettings,
  inspect = inspectGguf,
): Promise<ExaminedModel> {
  const { index, summary } = await inspect(model.weightsPath);
  const chosen = (await options.chosen?.(model.id)) ?? {};
  const wanted = settings ?? chosen;
  const tuned = await options.settings?.(model);
  const holding = chooseHolding(model, summary, options, tuned, wanted);
  const draft = await wantDraft({ id: model.id, index, summary }, await options.draft?.(model, wanted.draft), inspect);
  const hold = (availableBytes: number) => holdDraft(summary, holding.wished, draft, availableBytes);
  return { summary, chosen, holding, hold };
}

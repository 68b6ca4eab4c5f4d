import { AppError } from "../../platform/AppError.js";
import { inspectGguf } from "../../weights/gguf/inspectGguf.js";
import type { ModelSummary } from "../../weights/gguf/readModelSummary.js";
import {
  estimateMemory,
  type MemoryPlan,
  type MemoryWishes,
  planMemory,
  processBytes,
} from "../../weights/planMemory.js";
import { usualThreads } from "../loadOptions.js";
import type { DraftOptions } from "../messages.js";
import type { PoolModel } from "../WorkerPool.js";
import { type InspectedModel, openDraft } from "./openDraft.js";

/** The draft that a model shall have; `failure`: why it cannot have the one that was meant for it. */
export type DraftChoice =
  /** `isChosen`: by somebody, and not by measuring. */
  { model: PoolModel; guessTokens: number; isChosen?: true } | { failure: string };

/** A draft that is to be held beside its model. */
export interface WantedDraft {
  modelId: string;
  /** Somebody chose it: the model has fewer lanes where both do not fit otherwise. */
  isChosen: boolean;
  /** What it takes with a context of so many tokens; the process is counted with its model. */
  estimate(contextTokens: number): MemoryPlan;
  options(contextTokens: number, maxThreads: number): DraftOptions;
}

/** A model held with its draft, or without. */
export interface HeldDraft {
  /** What both take together. */
  plan: MemoryPlan;
  /** What the model takes without its draft. */
  alone: MemoryPlan;
  /** What the model would take if it had none: idle models leave for that, and for no draft. */
  withoutDraft: MemoryPlan;
  draft?: DraftOptions;
  /** The draft's own id. */
  draftId?: string;
  /** Why there is no draft although one was meant for it. */
  failure?: string;
  /** What both would take together, where somebody chose the draft and there is no room for it. */
  tooBig?: MemoryPlan;
}

/** Looks at the draft that was chosen; never throws: a model is held without a draft that cannot be had. */
export async function wantDraft(
  target: InspectedModel & { id: string },
  choice: DraftChoice | undefined,
  inspect = inspectGguf,
): Promise<WantedDraft | { failure: string } | undefined> {
  if (choice === undefined || "failure" in choice) return choice;
  const { model, guessTokens, isChosen = false } = choice;
  try {
    const { summary } = await openDraft(target, model, inspect);
    return {
      modelId: model.id,
      isChosen,
      estimate: (contextTokens) => estimateDraft(summary, contextTokens),
      options: (contextTokens, maxThreads) => ({
        modelPath: model.weightsPath,
        contextTokens: Math.min(contextTokens, summary.contextTokens),
        maxThreads: usualThreads(summary.tensorSizeBytes, maxThreads),
        guessTokens,
      }),
    };
  } catch (error) {
    return { failure: AppError.from(error).message };
  }
}

/** What a draft takes beside a model with a context of so many tokens: it is in the model's own process. */
export function estimateDraft(summary: ModelSummary, contextTokens: number): MemoryPlan {
  const alone = estimateMemory(summary, Math.min(contextTokens, summary.contextTokens), 1);
  return { ...alone, restBytes: alone.restBytes - processBytes, totalBytes: alone.totalBytes - processBytes };
}

/**
 * The model with its draft, where there is room for both; what is free is never promised twice. A draft that was measured to be worth
 * having gets what the model leaves. One that somebody chose comes before lanes, but not before the context.
 */
export function holdDraft(
  summary: ModelSummary,
  wished: Pick<MemoryWishes, "contextTokens" | "kvCacheType"> & { threads: number },
  wanted: WantedDraft | { failure: string } | undefined,
  availableBytes: number,
): HeldDraft {
  const planIn = (bytes: number) => planMemory(summary, { ...wished, availableBytes: bytes });
  const plan = planIn(availableBytes);
  const withoutDraft = plan;
  if (wanted === undefined) return { plan, alone: plan, withoutDraft };
  if ("failure" in wanted) return { plan, alone: plan, withoutDraft, failure: wanted.failure };
  const draft = wanted.estimate(plan.contextTokens);
  const beside = wanted.isChosen ? planIn(availableBytes - draft.totalBytes) : plan;
  const both = together(beside, draft);
  if (both.totalBytes <= availableBytes && beside.contextTokens === plan.contextTokens)
    return {
      plan: both,
      alone: beside,
      withoutDraft,
      draft: wanted.options(plan.contextTokens, wished.threads),
      draftId: wanted.modelId,
    };
  // Beside a draft that somebody chose the model would have one lane.
  const smallest = wanted.isChosen ? estimateMemory(summary, plan.contextTokens, 1, wished.kvCacheType) : plan;
  return {
    plan,
    alone: plan,
    withoutDraft,
    failure: `It takes ${gigabytes(draft.totalBytes)} and ${gigabytes(availableBytes - smallest.totalBytes)} are free beside the model.`,
    ...(wanted.isChosen ? { tooBig: together(smallest, draft) } : {}),
  };
}

/** `contextTokens` and `sequences` are the model's. */
function together(plan: MemoryPlan, draft: MemoryPlan): MemoryPlan {
  return {
    ...plan,
    weightsBytes: plan.weightsBytes + draft.weightsBytes,
    kvCacheBytes: plan.kvCacheBytes + draft.kvCacheBytes,
    restBytes: plan.restBytes + draft.restBytes,
    totalBytes: plan.totalBytes + draft.totalBytes,
  };
}

function gigabytes(bytes: number): string {
  return `${(Math.max(0, bytes) / 1e9).toFixed(2)} GB`;
}

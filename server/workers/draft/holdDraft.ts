import { AppError } from "../../platform/AppError.js";
import { estimateMemory, type MemoryPlan, processBytes } from "../../weights/planMemory.js";
import { usualThreads } from "../loadOptions.js";
import type { DraftOptions } from "../messages.js";
import type { PoolModel } from "../WorkerPool.js";
import { type InspectedModel, openDraft } from "./openDraft.js";

/** The draft that a model shall have; `failure`: why it cannot have the one that was meant for it. */
export type DraftChoice = { model: PoolModel; guessTokens: number } | { failure: string };

/** A draft that is to be held beside its model. */
export interface WantedDraft {
  modelId: string;
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
  draft?: DraftOptions;
  /** The draft's own id. */
  draftId?: string;
  /** Why there is no draft although one was meant for it. */
  failure?: string;
}

/** Looks at the draft that was chosen; never throws: a model is held without a draft that cannot be had. */
export async function wantDraft(
  target: InspectedModel & { id: string },
  choice: DraftChoice | undefined,
): Promise<WantedDraft | { failure: string } | undefined> {
  if (choice === undefined || "failure" in choice) return choice;
  const { model, guessTokens } = choice;
  try {
    const { summary } = await openDraft(target, model);
    const fitting = (contextTokens: number) => Math.min(contextTokens, summary.contextTokens);
    return {
      modelId: model.id,
      estimate: (contextTokens) => {
        const alone = estimateMemory(summary, fitting(contextTokens), 1);
        return {
          ...alone,
          restBytes: alone.restBytes - processBytes,
          totalBytes: alone.totalBytes - processBytes,
        };
      },
      options: (contextTokens, maxThreads) => ({
        modelPath: model.weightsPath,
        contextTokens: fitting(contextTokens),
        maxThreads: usualThreads(summary.tensorSizeBytes, maxThreads),
        guessTokens,
      }),
    };
  } catch (error) {
    return { failure: AppError.from(error).message };
  }
}

/** Adds the draft to what its model takes, where there is room for both; what is free is never promised twice. */
export function holdDraft(
  alone: MemoryPlan,
  wanted: WantedDraft | { failure: string } | undefined,
  availableBytes: number,
  maxThreads: number,
): HeldDraft {
  if (wanted === undefined) return { plan: alone, alone };
  if ("failure" in wanted) return { plan: alone, alone, failure: wanted.failure };
  const draft = wanted.estimate(alone.contextTokens);
  const totalBytes = alone.totalBytes + draft.totalBytes;
  if (totalBytes > availableBytes)
    return {
      plan: alone,
      alone,
      failure: `It takes ${gigabytes(draft.totalBytes)} and ${gigabytes(availableBytes - alone.totalBytes)} are free beside the model.`,
    };
  return {
    plan: {
      ...alone,
      weightsBytes: alone.weightsBytes + draft.weightsBytes,
      kvCacheBytes: alone.kvCacheBytes + draft.kvCacheBytes,
      restBytes: alone.restBytes + draft.restBytes,
      totalBytes,
    },
    alone,
    draft: wanted.options(alone.contextTokens, maxThreads),
    draftId: wanted.modelId,
  };
}

function gigabytes(bytes: number): string {
  return `${(Math.max(0, bytes) / 1e9).toFixed(2)} GB`;
}

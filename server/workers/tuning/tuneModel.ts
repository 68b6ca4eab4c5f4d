import { AppError } from "../../platform/AppError.js";
import type { Logger } from "../../platform/logger.js";
import type { ModelSummary } from "../../weights/gguf/readModelSummary.js";
import { usualThreads } from "../loadOptions.js";
import type { WorkerParts } from "../ModelWorker.js";
import type { LoadOptions } from "../messages.js";
import type { PoolModel } from "../WorkerPool.js";
import { chooseDraft } from "./chooseDraft.js";
import type { DraftCandidate } from "./findDrafts.js";
import type { EngineSettings, Speed, Tuning } from "./Tuning.js";
import { TuningRun } from "./TuningRun.js";
import { tuningSubject } from "./TuningStore.js";

/** What was tried: a name for people, and what it did; undefined: it could not be loaded so. */
export interface Tried {
  name: string;
  speed: Speed | undefined;
  /** For what is no way to load a model: how many times as fast it was. */
  gain?: number;
  kept: boolean;
}

export interface TuneOptions {
  /** When it is over, what has not been tried is not tried any more. The last comparison still comes. */
  seconds: number;
  /** The most threads to try. */
  threads: number;
  gpu: LoadOptions["gpu"];
  signal: AbortSignal;
  onTried(tried: Tried): void;
  summary: ModelSummary;
  /** Models that may write guesses for it. */
  drafts?: readonly DraftCandidate[];
  /** Memory that is free now; another source is for tests. */
  availableBytes?: () => number;
  /** How each worker is made, where it differs from the usual: for tests. */
  worker?: WorkerParts;
}

/** Of each setting, and of the outcome beside the usual ones. */
const rounds = 4;
const lastRounds = 6;
/** Another setting has to make a turn shorter by this share: what is below is the machine's own noise. */
const worthwhile = 0.05;
/** How Cria holds a model that was never measured. */
function usualSettings({ sizeBytes }: Pick<PoolModel, "sizeBytes">, mostThreads: number): EngineSettings {
  const threads = usualThreads(sizeBytes, mostThreads);
  return { threads, batchThreads: mostThreads, flashAttention: "auto", kvCacheType: "f16", weightsIn: "mapped" };
}

const variants: { name: string; change: Partial<EngineSettings> }[] = [
  { name: "without flash attention", change: { flashAttention: "off" } },
  { name: "KV cache as q8_0", change: { flashAttention: "auto", kvCacheType: "q8_0" } },
  { name: "weights copied into memory", change: { weightsIn: "copied" } },
  { name: "weights locked in memory", change: { weightsIn: "locked" } },
];

/**
 * Measures how this machine holds the model best: threads for writing and for reading, flash attention, the KV cache's type, where
 * the weights are. One thing after the other, each beside the best so far and kept only when it makes a turn clearly shorter; at the
 * end the outcome is measured beside the usual settings, and those stay when it does not hold. Throws `memory_short`,
 * `model_load_failed`, `worker_died` and whatever `signal` is aborted with.
 */
export async function tuneModel(model: PoolModel, options: TuneOptions, logger: Logger): Promise<Tuning> {
  const endMs = performance.now() + options.seconds * 1000;
  const run = new TuningRun(model, options, logger);
  try {
    run.checkRoom();
    const usual = usualSettings(model, options.threads);
    let best = await run.chooseThreads(usual);
    for (const { name, change } of variants) {
      if (performance.now() >= endMs) break;
      const settings = { ...best, ...change };
      const outcome = await run.compare(best, settings, rounds).catch((error: unknown) => {
        if (error instanceof AppError && error.code === "model_load_failed") return undefined;
        throw error;
      });
      const kept = outcome !== undefined && outcome.share < 1 - worthwhile;
      options.onTried({ name, speed: outcome?.after, kept });
      if (kept) best = settings;
    }
    const isUsual = JSON.stringify(best) === JSON.stringify(usual);
    const { before, after, share } = await run.compare(usual, best, lastRounds);
    // The same settings measured twice differ by noise alone.
    const held = !isUsual && share < 1;
    const settings = held ? best : usual;
    const speculation = performance.now() < endMs ? await run.chooseSpeculation(settings) : undefined;
    const guessing = { ...settings, ...(speculation === undefined ? {} : { speculation }) };
    const draft = await chooseDraft(guessing, options.drafts ?? [], {
      open: (wanted, beside) => run.open(wanted, beside),
      fits: (wanted) => run.fits(wanted),
      replyTokens: () => run.draftedTokens,
      onTried: options.onTried,
      // One that was named is tried whatever the time.
      hasTime: () => options.drafts?.length === 1 || performance.now() < endMs,
    });
    return {
      tuningVersion: 1,
      modelId: model.id,
      ...(await tuningSubject(model)),
      tunedAt: new Date().toISOString(),
      settings: { ...guessing, ...(draft === undefined ? {} : { draft }) },
      before,
      after: held ? after : before,
    };
  } catch (error) {
    options.signal.throwIfAborted();
    throw error;
  } finally {
    await run.close();
  }
}

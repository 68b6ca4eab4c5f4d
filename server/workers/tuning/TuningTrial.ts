import { AppError } from "../../platform/AppError.js";
import { randomId } from "../../platform/randomId.js";
import type { FullSampling } from "../../protocol/sampling.js";
import { samplingLimits } from "../../protocol/samplingLimits.js";
import type { ModelSummary } from "../../weights/gguf/readModelSummary.js";
import type { ModelWorker } from "../ModelWorker.js";
import type { LoadOptions, PromptInput, WorkerStats } from "../messages.js";
import type { EngineSettings } from "./Tuning.js";

/** What one sample measured. */
export interface TrialSample {
  /** Milliseconds per token of the prompt, the first token of the reply included. */
  readMs: number;
  /** Milliseconds per token of the reply. */
  writeMs: number;
}

/** Tokens that one sample reads and writes. */
export interface TrialLength {
  promptTokens: number;
  replyTokens: number;
}

/** A story, an answer and a list, for models of every kind. */
const trialTexts = [
  "Once upon a time there was a little dog who lived in a house by the sea. One day",
  "### Instruction:\nExplain in a few sentences how bread is made.\n\n### Response:\n",
  "The days of the week are Monday, Tuesday, Wednesday,",
];

/** Enough for the longest sample. */
export const trialContextTokens = 1024;
const longestSample: TrialLength = { promptTokens: 512, replyTokens: 128 };
export const shortestSample: TrialLength = { promptTokens: 32, replyTokens: 8 };

/** What samples have to know of the model. */
export type TrialModel = Pick<ModelSummary, "vocabularySize" | "contextTokens">;

/** Greedy and nothing else: what is measured is the engine. */
const sampling: FullSampling = {
  temperature: 0,
  topK: samplingLimits.topK.default,
  topP: 1,
  minP: 0,
  repeatPenalty: 1,
  repeatLastTokens: 0,
  presencePenalty: 0,
  frequencyPenalty: 0,
  maxTokens: 1,
  dryMultiplier: 0,
  dryBase: samplingLimits.dryBase.default,
  dryAllowedLength: samplingLimits.dryAllowedLength.default,
  dryLastTokens: 0,
  xtcProbability: 0,
  xtcThreshold: samplingLimits.xtcThreshold.default,
  logitBias: [],
  seed: 0,
  stop: [],
  ignoreEos: true,
};

/** A model as it is loaded for measuring: one lane, no more context than that takes. */
export function trialLoadOptions(
  modelPath: string,
  settings: EngineSettings,
  gpu: LoadOptions["gpu"],
  draft?: LoadOptions["draft"],
): LoadOptions {
  return {
    modelPath,
    contextTokens: trialContextTokens,
    sequences: 1,
    // The counts are fixed before each sample; these are the most that any of them may be.
    threads: settings.threads,
    maxThreads: settings.threads,
    batchThreads: settings.batchThreads,
    flashAttention: settings.flashAttention,
    kvCacheType: settings.kvCacheType,
    weightsIn: settings.weightsIn,
    ...(settings.speculation === undefined ? {} : { speculation: settings.speculation }),
    ...(draft === undefined ? {} : { draft }),
    gpu,
  };
}

/** One model loaded in one way, to be measured. */
export class TuningTrial {
  readonly loadMs: number;
  readonly #worker: ModelWorker;
  readonly #model: TrialModel;
  #prompt = 0;

  private constructor(worker: ModelWorker, loadMs: number, model: TrialModel) {
    this.#worker = worker;
    this.loadMs = loadMs;
    this.#model = model;
  }

  /** Loads the model into `worker`. Throws what {@link ModelWorker.load} throws. */
  static async load(worker: ModelWorker, options: LoadOptions, model: TrialModel): Promise<TuningTrial> {
    const startMs = performance.now();
    await worker.load(options, () => {});
    return new TuningTrial(worker, performance.now() - startMs, model);
  }

  /** How long samples should be for each half to take about `targetMs`; also warms the engine up. */
  async chooseLength(targetMs: number): Promise<TrialLength> {
    await this.sample(shortestSample);
    const { readMs, writeMs } = await this.sample(shortestSample);
    const fitting = (tokenMs: number, min: number, max: number) =>
      Math.floor(Math.max(min, Math.min(max, targetMs / Math.max(0.001, tokenMs))));
    const room = this.#model.contextTokens - shortestSample.promptTokens;
    return {
      promptTokens: fitting(readMs, shortestSample.promptTokens, Math.min(longestSample.promptTokens, room * 0.6)),
      replyTokens: fitting(writeMs, shortestSample.replyTokens, Math.min(longestSample.replyTokens, room * 0.3)),
    };
  }

  /** From now on the engine uses exactly so many threads. */
  setThreads(threads: number, batchThreads: number): void {
    this.#worker.fixThreads(threads, batchThreads);
  }

  /** Reads a prompt that it has never seen and writes a reply. Throws `worker_died`, `generation_failed`. */
  async sample({ promptTokens, replyTokens }: TrialLength): Promise<TrialSample> {
    // Numbers that differ from the first token on, so that nothing is found in the cache.
    this.#prompt++;
    const tokens = Array.from(
      { length: promptTokens },
      (_, index) => (this.#prompt * 7919 + index * 104_729) % this.#model.vocabularySize,
    );
    const stats = await this.#generate({ tokens }, replyTokens);
    return { readMs: stats.promptEvalMs / promptTokens, writeMs: stats.generationMs / (replyTokens - 1) };
  }

  /** Milliseconds per token of a reply that says the same again and again: every guess is right. */
  async repeatMs({ promptTokens, replyTokens }: TrialLength): Promise<number> {
    const token = this.#model.vocabularySize - 1;
    const same = Array.from({ length: Math.min(64, promptTokens) }, () => token);
    const stats = await this.#generate({ tokens: same }, replyTokens, { logitBias: [{ token, bias: 99 }] });
    return stats.generationMs / (replyTokens - 1);
  }

  /**
   * Milliseconds per token of replies to a few prompts: real text, of which a draft may guess more or less. So many tokens each. Throws
   * `model_load_failed` when there is a draft and it could not be loaded.
   */
  async writeMs(replyTokens: number): Promise<number> {
    const { draftFailure } = this.#worker.info ?? {};
    if (draftFailure !== undefined)
      throw new AppError("model_load_failed", `The draft cannot be loaded: ${draftFailure}`);
    let [ms, tokens] = [0, 0];
    for (const text of trialTexts) {
      const stats = await this.#generate({ text }, replyTokens);
      ms += stats.generationMs;
      tokens += stats.generatedTokens - 1;
    }
    return ms / Math.max(1, tokens);
  }

  close(): Promise<void> {
    return this.#worker.close();
  }

  #generate(input: PromptInput, maxTokens: number, change: Partial<FullSampling> = {}): Promise<WorkerStats> {
    return new Promise((resolve, reject: (error: AppError) => void) => {
      this.#worker.generate(
        {
          id: randomId(),
          input,
          sampling: { ...sampling, ...change, maxTokens },
          options: { cachePrompt: false },
          client: "tune",
          owner: "tune",
          priority: "watched",
        },
        {
          queued: () => {},
          reading: () => {},
          text: () => {},
          done: ({ stats }) => resolve(stats),
          failed: reject,
        },
      );
    });
  }
}

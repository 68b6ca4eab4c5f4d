import { availableMemoryBytes } from "../../platform/availableMemory.js";
import type { Logger } from "../../platform/logger.js";
import { estimateMemory } from "../../weights/planMemory.js";
import { usualThreads } from "../loadOptions.js";
import { ModelWorker } from "../ModelWorker.js";
import { memoryShort } from "../memoryShort.js";
import type { DraftOptions } from "../messages.js";
import type { PoolModel } from "../WorkerPool.js";
import { median } from "./median.js";
import type { EngineSettings, Speculation, Speed, TunedDraft } from "./Tuning.js";
import {
  shortestSample,
  type TrialLength,
  type TrialSample,
  TuningTrial,
  trialContextTokens,
  trialLoadOptions,
} from "./TuningTrial.js";
import { fewest, threadCounts } from "./threadCounts.js";
import type { TuneOptions } from "./tuneModel.js";
import { sampleTurnMs, toSpeed } from "./turnTime.js";

/** Half a sample (reading, writing) takes about so long. */
const sampleMs = 700;
/** Of each number of threads, and of each way to guess. */
const rounds = 4;
/** A number of threads that is so many times slower than another is not tried again: on a busy machine it could take for ever. */
const hopeless = 3;
/** How many tokens are guessed at once, and how much faster it has to be when all of them are right. */
const draftLengths = [4, 8];
const worthGuessing = 1.3;
const fewestDraftedTokens = 48;
/** Has to stay free beside two models that are compared. */
const reserveBytes = 1e9;

/** Holds the model in one way after the other and measures it. */
export class TuningRun {
  readonly #model: PoolModel;
  readonly #options: TuneOptions;
  readonly #logger: Logger;
  /** Two of them at the most, by their settings. */
  readonly #trials = new Map<string, TuningTrial>();
  #length: TrialLength | undefined;

  constructor(model: PoolModel, options: TuneOptions, logger: Logger) {
    this.#model = model;
    this.#options = options;
    this.#logger = logger;
  }

  /** The usual settings with the fewest threads that are about as fast as the fastest, for writing and for reading. */
  async chooseThreads(usual: EngineSettings): Promise<EngineSettings> {
    const counts = threadCounts(this.#options.threads);
    const most = Math.max(...counts);
    const trial = await this.open({ ...usual, threads: most, batchThreads: most });
    const samples = new Map<number, TrialSample[]>(counts.map((count) => [count, []]));
    // In turn, so that whatever else the machine does hits all alike.
    for (let round = 0; round < rounds; round++) {
      const fastestMs = Math.min(...[...samples.values()].map(([first]) => (first ? sampleTurnMs(first) : Infinity)));
      for (const [count, list] of samples)
        if (list[0] === undefined || sampleTurnMs(list[0]) <= fastestMs * hopeless)
          list.push(await this.#sample(trial, count, count));
    }
    const speeds = new Map([...samples].map(([count, list]) => [count, toSpeed(list, trial.loadMs)]));
    const threads = fewest(speeds, (speed) => speed.writePerSecond);
    const batchThreads = fewest(speeds, (speed) => speed.readPerSecond);
    for (const [count, speed] of speeds)
      this.#options.onTried({
        name: count === 1 ? "1 thread" : `${count} threads`,
        speed,
        kept: count === threads || count === batchThreads,
      });
    await this.close();
    return { ...usual, threads, batchThreads };
  }

  /**
   * Both in turn, in memory side by side where there is room. `share`: what a turn takes with `b` of what it takes with `a`, the
   * median over the rounds. Throws `model_load_failed` when one of them cannot be loaded so.
   */
  async compare(
    a: EngineSettings,
    b: EngineSettings,
    rounds: number,
  ): Promise<{ before: Speed; after: Speed; share: number }> {
    const samples: [TrialSample[], TrialSample[]] = [[], []];
    const loadMs: [number, number] = [0, 0];
    for (let round = 0; round < rounds; round++)
      for (const index of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        const settings = index === 0 ? a : b;
        const trial = await this.open(settings, index === 0 ? b : a);
        loadMs[index] = trial.loadMs;
        samples[index].push(await this.#sample(trial, settings.threads, settings.batchThreads));
      }
    const shares = samples[1].map((sample, round) => sampleTurnMs(sample) / sampleTurnMs(samples[0][round] ?? sample));
    return {
      before: toSpeed(samples[0], loadMs[0]),
      after: toSpeed(samples[1], loadMs[1]),
      share: median(shares),
    };
  }

  /**
   * How far to guess ahead where the text has said something before, if it is worth while: the speed with every guess right tells what
   * a step with guesses costs, and so how many of them have to be right.
   */
  async chooseSpeculation(settings: EngineSettings): Promise<Speculation | undefined> {
    let best: { speculation: Speculation; gain: number } | undefined;
    for (const draftTokens of draftLengths) {
      const speculation = { draftTokens, breakEvenTokens: 0 };
      const ms: [number[], number[]] = [[], []];
      for (let round = 0; round < rounds; round++)
        for (const [index, candidate] of [settings, { ...settings, speculation }].entries()) {
          const trial = await this.open(candidate, index === 0 ? { ...settings, speculation } : settings);
          this.#options.signal.throwIfAborted();
          (ms[index] as number[]).push(await trial.repeatMs(this.#length ?? shortestSample));
        }
      const gain = median(ms[0].map((plain, round) => plain / (ms[1][round] ?? plain)));
      this.#options.onTried({ name: `guessing ${draftTokens} tokens, all right`, speed: undefined, gain, kept: false });
      // A step with guesses takes as long as so many without.
      const stepCost = (draftTokens + 1) / gain;
      if (gain > (best?.gain ?? worthGuessing))
        best = { gain, speculation: { draftTokens, breakEvenTokens: Math.max(0, stepCost - 1) } };
    }
    return best?.speculation;
  }

  async close(): Promise<void> {
    const trials = [...this.#trials.values()];
    this.#trials.clear();
    await Promise.all(trials.map((trial) => trial.close()));
  }

  #sample(trial: TuningTrial, threads: number, batchThreads: number): Promise<TrialSample> {
    this.#options.signal.throwIfAborted();
    trial.setThreads(threads, batchThreads);
    return trial.sample(this.#length ?? shortestSample);
  }

  /** Of each reply with which drafts are measured: enough for a draft to find its pace. */
  get draftedTokens(): number {
    return Math.max(fewestDraftedTokens, (this.#length ?? shortestSample).replyTokens);
  }

  /** The model held so, warmed up, with the threads of its settings. `beside`: the one that stays in memory too if there is room; all others are closed. */
  async open(settings: EngineSettings, beside?: EngineSettings): Promise<TuningTrial> {
    const key = JSON.stringify(settings);
    const open = this.#trials.get(key);
    if (open !== undefined) {
      open.setThreads(settings.threads, settings.batchThreads);
      return open;
    }
    for (const [other, trial] of this.#trials) {
      if (beside !== undefined && other === JSON.stringify(beside) && this.#hasRoom(reserveBytes, settings.draft))
        continue;
      this.#trials.delete(other);
      await trial.close();
    }
    const { summary, gpu, signal, worker: parts } = this.#options;
    signal.throwIfAborted();
    const worker = new ModelWorker(this.#model.id, this.#logger, parts);
    const stop = () => void worker.close();
    signal.addEventListener("abort", stop, { once: true });
    void worker.exited.then(() => signal.removeEventListener("abort", stop));
    const load = trialLoadOptions(this.#model.weightsPath, settings, gpu, this.#draftOptions(settings));
    const trial = await TuningTrial.load(worker, load, summary);
    this.#trials.set(key, trial);
    trial.setThreads(settings.threads, settings.batchThreads);
    this.#length ??= await trial.chooseLength(sampleMs);
    // The first one finds cold caches.
    await trial.sample(this.#length);
    return trial;
  }

  #draftOptions({ draft, threads }: EngineSettings): DraftOptions | undefined {
    const candidate = this.#options.drafts?.find(({ model }) => model.id === draft?.modelId);
    if (candidate === undefined) return undefined;
    const { model, summary, tuned } = candidate;
    return {
      modelPath: model.weightsPath,
      contextTokens: Math.min(trialContextTokens, summary.contextTokens),
      maxThreads: usualThreads(summary.tensorSizeBytes, threads),
      guessTokens: tuned.guessTokens,
    };
  }

  /** Throws `memory_short` when not even one of them fits. */
  checkRoom(): void {
    if (this.#hasRoom(0)) return;
    throw memoryShort(
      this.#model.id,
      this.#neededBytes(),
      this.#availableBytes(),
      "Close other programs, and stop a server that has the model in memory.",
    );
  }

  /** Whether the model fits with the draft that the settings name. */
  fits({ draft }: EngineSettings): boolean {
    return this.#hasRoom(0, draft);
  }

  #hasRoom(reservedBytes = reserveBytes, draft?: TunedDraft): boolean {
    return this.#availableBytes() > this.#neededBytes(draft) + reservedBytes;
  }

  #availableBytes(): number {
    return (this.#options.availableBytes ?? availableMemoryBytes)();
  }

  #neededBytes(draft?: TunedDraft): number {
    const candidate = this.#options.drafts?.find(({ model }) => model.id === draft?.modelId);
    const needed = [this.#options.summary, ...(candidate === undefined ? [] : [candidate.summary])];
    return needed.reduce((sum, one) => sum + estimateMemory(one, trialContextTokens, 1).totalBytes, 0);
  }
}

import type { DraftOptions, LoadOptions } from "../messages.js";
import { contextOptions, headSizeOf } from "./contextOptions.js";
import { DraftModel } from "./DraftModel.js";
import { EngineLog } from "./EngineLog.js";
import { keepSamplingFailuresApart } from "./keepSamplingFailuresApart.js";
import { batchTokens, type Llama, openLlama, openModel, type Sequence } from "./nativeEngine.js";

/** What the draft's model is held with. */
interface Surroundings extends Pick<LoadOptions, "gpu"> {
  contextTokens: number;
  threads: number;
}

/**
 * A draft in memory. It has a native engine of its own: two contexts of one engine share its threads out between them, and the model and
 * its draft never compute at the same time.
 */
export class DraftEngine {
  readonly model: DraftModel;
  readonly #llama: Llama;
  readonly #mostThreads: number;
  #closed: Promise<void> | undefined;

  private constructor(llama: Llama, sequence: Sequence, draft: DraftOptions, onFailed: (reason: string) => void) {
    this.#llama = llama;
    this.#mostThreads = draft.maxThreads;
    this.model = new DraftModel(sequence, draft, (reason) => {
      // It is asked no more. What cannot be freed goes with the process.
      const told = () => onFailed(reason);
      void this.close().then(told, told);
    });
  }

  /** Throws with the engine's own reason, and has freed what it took then. `onFailed`: it could not go on and was freed; called once at the most. */
  static async load(
    draft: DraftOptions,
    { gpu, contextTokens, threads }: Surroundings,
    onFailed: (reason: string) => void,
  ): Promise<DraftEngine> {
    const log = new EngineLog();
    let llama: Llama | undefined;
    try {
      const { modelPath, maxThreads: mostThreads } = draft;
      llama = await openLlama(gpu, mostThreads, log);
      const model = await openModel(llama, { modelPath, contextTokens: draft.contextTokens, sequences: 1 });
      const context = await model.createContext({
        contextSize: Math.min(draft.contextTokens, contextTokens, model.trainContextSize),
        batchSize: batchTokens,
        threads: mostThreads,
        ...contextOptions({}, { gpu: llama.gpu, headSize: headSizeOf(model.fileInfo.architectureMetadata) }),
      });
      keepSamplingFailuresApart(context);
      const engine = new DraftEngine(llama, context.getSequence(), draft, onFailed);
      engine.setThreads(threads);
      return engine;
    } catch (cause) {
      // Its weights may be in memory already. What cannot be freed goes with the process.
      await llama?.dispose().catch(() => {});
      throw new Error(log.lastComplaint ?? (cause instanceof Error ? cause.message : String(cause)), { cause });
    }
  }

  /** As many as its model has, within its own limit; acts at the next batch. */
  setThreads(threads: number): void {
    this.#llama.maxThreads = Math.min(threads, this.#mostThreads);
  }

  /** Frees what it takes. */
  close(): Promise<void> {
    this.#closed ??= this.#llama.dispose();
    return this.#closed;
  }
}

import type { ModelState } from "../protocol/model.js";
import type { MemoryPlan } from "../weights/planMemory.js";
import type { GenerationListener, WorkerJob } from "./ModelWorker.js";
import type { EmbeddingInput, LoadedModelInfo, PromptInput } from "./messages.js";
import type { PoolModel } from "./WorkerPool.js";

/** A model of another server, as engines know it. */
export interface RemotePoolModel {
  id: string;
  /** The engine's name. */
  engine: string;
  /** What the engine calls the model. */
  remoteId: string;
  contextTokens: number;
}

/** A model that can be asked. */
export interface ReadyModel {
  readonly info: LoadedModelInfo | undefined;
  /** Starts a generation; exactly one of the listener's `done` and `failed` comes, and it comes last. */
  generate(job: WorkerJob, listener: GenerationListener): void;
  /** Asks for the end of a generation; it reports `done` with `stopped`. */
  stop(id: string): void;
  /** Tokens of `input`; an engine that cannot count gives an estimate that is rather too high. */
  countTokens(input: PromptInput): Promise<number>;
  /** The input's embedding, of length 1. Rejects soon after `signal` is aborted. */
  embed(input: EmbeddingInput, signal?: AbortSignal): Promise<{ vector: number[]; promptTokens: number }>;
}

/** What makes replies: processes on this machine, or another server. One contract suite is run against each. */
export interface Engine<Model extends { id: string } = PoolModel | RemotePoolModel> {
  /** The model, ready to be asked; `onProgress` gets 0 to 1 while it is loaded. Throws what kept it from being ready. */
  acquire(model: Model, onProgress: (progress: number) => void): Promise<ReadyModel>;
  /** As {@link acquire}, for somebody who wants it tried whatever has happened. */
  retry(model: Model, onProgress: (progress: number) => void): Promise<ReadyModel>;
  state(modelId: string): ModelState;
  /** Calls `listener` whenever a model's state changes. */
  onStateChange(listener: (modelId: string) => void): void;
  /** What a model in this machine's memory was estimated to take there. */
  plan(modelId: string): MemoryPlan | undefined;
  isPinned(modelId: string): boolean;
  /** A pinned model stays in memory once it is there. Throws `bad_request` where that is not ours to say. */
  pin(modelId: string, pinned: boolean): void;
  /** From now on the model may be idle in memory for `forMs`, until it leaves; Infinity: for good. Where it is not ours to say, nothing changes. */
  keepAlive(modelId: string, forMs: number): void;
  /** How long the model may still be idle, in ms; Infinity: until another needs its place. */
  idleTimeLeftMs(modelId: string): number;
  /** Takes the model out of memory. Throws `bad_request` where that is not ours to do. */
  unload(modelId: string): Promise<void>;
  /**
   * As {@link unload}, for whoever deletes the model's file: models that are held with it as their draft leave too. Throws
   * `model_in_use` when one of those is at work, and nothing has left then.
   */
  release(modelId: string): Promise<void>;
  /** Ends what runs; asked again, it throws `server_closing`. */
  close(): Promise<void>;
}

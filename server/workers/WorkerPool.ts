import { AppError } from "../platform/AppError.js";
import { measureFreeCores, usableCores } from "../platform/freeCores.js";
import type { Logger } from "../platform/logger.js";
import type { ModelState } from "../protocol/model.js";
import { readGgufIndex } from "../weights/gguf/readGgufIndex.js";
import { readModelSummary } from "../weights/gguf/readModelSummary.js";
import { ModelWorker } from "./ModelWorker.js";

/** What the pool has to know of a model. */
export interface PoolModel {
  id: string;
  /** Absolute. */
  weightsPath: string;
  sizeBytes: number;
}

export interface PoolOptions {
  contextTokens: number;
  /** 0: as many as are free. */
  maxThreads: number;
  gpu: "auto" | "off";
  /** Models that may be in memory at the same time. */
  maxModels: number;
}

interface Resident {
  worker: ModelWorker;
  ready: Promise<ModelWorker>;
  progress: number;
  listeners: Set<(progress: number) => void>;
  usedAt: number;
}

/** Below this many bytes of weights a second thread costs more at the barriers than it computes. */
const singleThreadSizeBytes = 150e6;
const sequencesPerModel = 4;

/** Starts a worker when its model is first wanted, shares it, and closes the one unused longest when another needs its place. */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #logger: Logger;
  readonly #residents = new Map<string, Resident>();
  readonly #failures = new Map<string, AppError>();
  readonly #stateListeners = new Set<(modelId: string) => void>();
  #clock = 0;
  #closed = false;

  constructor(options: PoolOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
  }

  /**
   * The model's worker, loaded. Callers that come while it loads share the wait; `onProgress` gets 0 to 1.
   * Throws `model_load_failed`, `model_load_timeout`, `worker_died` or `server_closing`.
   */
  async acquire(model: PoolModel, onProgress: (progress: number) => void): Promise<ModelWorker> {
    if (this.#closed) throw new AppError("server_closing", "The server is shutting down.");
    let resident = this.#residents.get(model.id);
    if (resident !== undefined && (resident.worker.state === "dead" || resident.worker.state === "closing")) {
      await resident.worker.exited;
      return this.acquire(model, onProgress);
    }
    resident ??= this.#start(model);
    resident.usedAt = ++this.#clock;
    if (resident.worker.state === "ready") return resident.worker;
    resident.listeners.add(onProgress);
    onProgress(resident.progress);
    try {
      return await resident.ready;
    } finally {
      resident.listeners.delete(onProgress);
    }
  }

  state(modelId: string): ModelState {
    const resident = this.#residents.get(modelId);
    if (resident?.worker.state === "ready") return { state: "ready" };
    if (resident !== undefined && resident.worker.state !== "dead" && resident.worker.state !== "closing")
      return { state: "loading", progress: resident.progress };
    const failure = this.#failures.get(modelId);
    return failure === undefined ? { state: "unloaded" } : { state: "failed", error: failure.toInfo() };
  }

  /** Calls `listener` whenever a model's state changes. */
  onStateChange(listener: (modelId: string) => void): void {
    this.#stateListeners.add(listener);
  }

  /** Takes the model out of memory; its generations end with `worker_died`. */
  async unload(modelId: string): Promise<void> {
    await this.#residents.get(modelId)?.worker.close();
  }

  /** Processes of the loaded models, for those who watch or test. */
  processId(modelId: string): number | undefined {
    return this.#residents.get(modelId)?.worker.processId;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#residents.values()].map(({ worker }) => worker.close()));
  }

  #start(model: PoolModel): Resident {
    this.#failures.delete(model.id);
    const worker = new ModelWorker(model.id, this.#logger);
    const resident: Resident = {
      worker,
      progress: 0,
      listeners: new Set(),
      usedAt: 0,
      ready: this.#load(model, worker, (progress) => {
        resident.progress = progress;
        for (const listener of resident.listeners) listener(progress);
        this.#changed(model.id);
      }),
    };
    this.#residents.set(model.id, resident);
    void worker.exited.then(() => {
      if (this.#residents.get(model.id) === resident) this.#residents.delete(model.id);
      this.#changed(model.id);
    });
    this.#changed(model.id);
    return resident;
  }

  async #load(model: PoolModel, worker: ModelWorker, onProgress: (progress: number) => void): Promise<ModelWorker> {
    const startedMs = performance.now();
    try {
      // A file's header is hostile until it was checked: nothing native sees one that lies ([T15]).
      readModelSummary(await readGgufIndex(model.weightsPath));
      await this.#makeRoom(model.id);
      const threads = await this.#chooseThreads(model);
      const { contextTokens, gpu } = this.#options;
      const info = await worker.load(
        { modelPath: model.weightsPath, contextTokens, sequences: sequencesPerModel, threads, gpu },
        onProgress,
      );
      this.#logger.info({ modelId: model.id, ms: Math.round(performance.now() - startedMs), ...info }, "model loaded");
      this.#changed(model.id);
      return worker;
    } catch (error) {
      await worker.close();
      const known = AppError.from(error);
      this.#failures.set(model.id, known);
      this.#logger.error({ modelId: model.id, code: known.code, message: known.message }, "model not loaded");
      throw known;
    }
  }

  async #makeRoom(modelId: string): Promise<void> {
    const others = [...this.#residents].filter(([id, { worker }]) => id !== modelId && worker.state === "ready");
    const excess = others.length + 1 - this.#options.maxModels;
    if (excess <= 0) return;
    const idle = others
      .filter(([, { worker }]) => worker.activeGenerations === 0)
      .sort(([, a], [, b]) => a.usedAt - b.usedAt);
    await Promise.all(idle.slice(0, excess).map(([, { worker }]) => worker.close()));
  }

  async #chooseThreads(model: PoolModel): Promise<number> {
    if (this.#options.maxThreads > 0) return Math.min(this.#options.maxThreads, usableCores());
    if (model.sizeBytes < singleThreadSizeBytes) return 1;
    // One core stays for the server and whatever else runs: the engine spins, and one thread too many costs ten times.
    return Math.max(1, (await measureFreeCores()) - 1);
  }

  #changed(modelId: string): void {
    for (const listener of this.#stateListeners) listener(modelId);
  }
}

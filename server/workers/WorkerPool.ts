import { basename } from "node:path";
import { AppError } from "../platform/AppError.js";
import { availableMemoryBytes } from "../platform/availableMemory.js";
import type { Logger } from "../platform/logger.js";
import type { LoadPlan, LoadSettings } from "../protocol/loadSettings.js";
import type { ModelState } from "../protocol/model.js";
import { kvCacheTypesFor } from "../weights/kvCacheTypes.js";
import type { MemoryPlan } from "../weights/planMemory.js";
import { CrashCircuit } from "./CrashCircuit.js";
import type { Engine } from "./Engine.js";
import { examineModel } from "./examineModel.js";
import { forgetParkedStates } from "./forgetParkedStates.js";
import { GpuFallback } from "./GpuFallback.js";
import { idleTimeLeftMs, keepResident } from "./idleTime.js";
import { inspectForPlan } from "./inspectForPlan.js";
import { loadOptions, mostThreads } from "./loadOptions.js";
import { ModelWorker } from "./ModelWorker.js";
import { makeRoom } from "./makeRoom.js";
import type { EngineFigures, LoadOptions } from "./messages.js";
import type { PoolOptions } from "./PoolOptions.js";
import { planRoom, reserveBytes } from "./planRoom.js";
import {
  draftFailureOf,
  isGoing,
  isIdle,
  loseDraft,
  type Resident,
  readyState,
  refuseInUse,
  refuseUnwanted,
} from "./Resident.js";
import { ThreadShares } from "./ThreadShares.js";
import { trimParkedStates } from "./trimParkedStates.js";
import type { WorkerObserver } from "./WorkerObserver.js";

/** What the pool has to know of a model. */
export interface PoolModel {
  id: string;
  /** Absolute. */
  weightsPath: string;
  sizeBytes: number;
}

const idleLookMs = 1000;
/** A worker that takes more than this share of its plan and so many bytes beside it is ended before it takes the machine down. */
const residentShare = 1.5;
const residentReserveBytes = 1.5e9;

/**
 * Starts a worker when its model is first wanted, shares it, and closes the ones unused longest when another needs their
 * memory. Memory is estimated before anything is loaded, and what does not fit is refused with its numbers.
 */
export class WorkerPool implements Engine<PoolModel> {
  readonly #options: PoolOptions;
  readonly #logger: Logger;
  readonly #residents = new Map<string, Resident>();
  readonly #failures = new Map<string, AppError>();
  readonly #gpuFallback: GpuFallback;
  readonly #circuit: CrashCircuit;
  readonly #stateListeners = new Set<(modelId: string) => void>();
  readonly #observers = new Set<WorkerObserver>();
  readonly #observer: WorkerObserver = {
    workerStarted: (modelId) => {
      for (const observer of this.#observers) observer.workerStarted?.(modelId);
    },
    workerEnded: (modelId, expected, error) => {
      if (!expected) this.#circuit.crashed(modelId, error.message);
      this.#shareThreads();
      for (const observer of this.#observers) observer.workerEnded?.(modelId, expected, error);
    },
    generationEntered: () => this.#shareThreads(),
    generationLeft: (modelId, generationId) => {
      this.#shareThreads();
      const resident = this.#residents.get(modelId);
      if (resident !== undefined) resident.usedAtMs = performance.now();
      for (const observer of this.#observers) observer.generationLeft?.(modelId, generationId);
    },
    draftFailed: (modelId) => {
      const resident = this.#residents.get(modelId);
      if (resident !== undefined) loseDraft(resident);
      this.#changed(modelId);
    },
  };
  readonly #threads: ThreadShares;
  readonly #pinned: Set<string>;
  readonly #idleTimer: NodeJS.Timeout;
  /** Loads come one after the other: each is measured against the memory that the one before really took. */
  #loading: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: PoolOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    this.#threads = new ThreadShares(mostThreads(options.maxThreads));
    this.#pinned = new Set(options.pinned);
    this.#gpuFallback = new GpuFallback(logger);
    this.#circuit = new CrashCircuit(options.circuit);
    this.#idleTimer = setInterval(() => this.#unloadIdle(), idleLookMs).unref();
  }

  /**
   * The model's worker, loaded. Callers that come while it loads share the wait; `onProgress` gets 0 to 1.
   * Throws `gguf_invalid`, `memory_short`, `model_load_failed`, `model_load_timeout`, `worker_died`, `model_crashing` or
   * `server_closing`.
   */
  async acquire(model: PoolModel, onProgress: (progress: number) => void): Promise<ModelWorker> {
    if (this.#closed) throw new AppError("server_closing", "The server is shutting down.");
    let resident = this.#residents.get(model.id);
    if (resident !== undefined && isGoing(resident)) {
      await resident.worker.exited;
      return this.acquire(model, onProgress);
    }
    if (resident !== undefined && resident.weightsPath !== model.weightsPath && isIdle(resident)) {
      await resident.worker.close();
      return this.acquire(model, onProgress);
    }
    if (resident === undefined) {
      this.#circuit.check(model.id);
      resident = this.#start(model);
    }
    resident.usedAtMs = performance.now();
    if (resident.worker.state === "ready") return resident.worker;
    resident.listeners.add(onProgress);
    onProgress(resident.progress);
    try {
      return await resident.ready;
    } finally {
      resident.listeners.delete(onProgress);
    }
  }

  /** As {@link acquire}, for somebody who wants it tried whatever has happened. */
  retry(model: PoolModel, onProgress: (progress: number) => void): Promise<ModelWorker> {
    this.#circuit.close(model.id);
    this.#gpuFallback.forget(model.id);
    return this.acquire(model, onProgress);
  }

  state(modelId: string): ModelState {
    const resident = this.#residents.get(modelId);
    if (resident?.worker.state === "ready") return readyState(resident, this.#gpuFallback.failureOf(modelId));
    if (resident !== undefined && !isGoing(resident)) return { state: "loading", progress: resident.progress };
    const failure = this.#failures.get(modelId);
    return failure === undefined ? { state: "unloaded" } : { state: "failed", error: failure.toInfo() };
  }

  isPinned(modelId: string): boolean {
    return this.#pinned.has(modelId);
  }

  /** A pinned model stays in memory once it is there: others do not take its place, and it may be idle. */
  pin(modelId: string, pinned: boolean): void {
    if (pinned) this.#pinned.add(modelId);
    else this.#pinned.delete(modelId);
    this.#changed(modelId);
  }

  keepAlive(modelId: string, forMs: number): void {
    const resident = this.#residents.get(modelId);
    if (resident !== undefined) keepResident(resident, forMs);
  }

  /** The time of its own that the model is wanted for, also what is said of that while it leaves; undefined: it is not in memory. */
  ownTime(modelId: string): Readonly<Pick<Resident, "keepAliveMs">> | undefined {
    return this.#residents.get(modelId);
  }

  idleTimeLeftMs(modelId: string): number {
    const resident = this.#residents.get(modelId);
    if (resident === undefined || this.#pinned.has(modelId)) return Number.POSITIVE_INFINITY;
    return idleTimeLeftMs(resident, this.#options.idleUnloadMs);
  }

  /** Nothing that is kept of a deleted conversation stays, in memory or on disk. */
  async forgetConversation(conversationId: string): Promise<void> {
    for (const { worker } of this.#residents.values()) worker.forget(conversationId);
    if (this.#options.parking !== undefined) await forgetParkedStates(this.#options.parking.folderPath, conversationId);
  }

  /** What a model in memory was estimated to take. */
  plan(modelId: string): MemoryPlan | undefined {
    return this.#residents.get(modelId)?.plan;
  }

  /** What the model would take with these settings, or with those that are chosen. Throws `gguf_invalid`. */
  async planLoad(model: PoolModel, settings?: LoadSettings): Promise<Omit<LoadPlan, "drafts">> {
    const { summary, chosen, holding, hold } = await examineModel(model, this.#options, settings, inspectForPlan);
    const own = this.#residents.get(model.id);
    const loaded = own?.plan;
    const { gpu } = this.#gpuFallback;
    let draftFailure: string | undefined;
    const plan = (availableBytes: number) => {
      const held = hold(availableBytes);
      draftFailure = held.failure;
      return { memory: held.tooBig ?? held.plan, withoutDraft: held.withoutDraft };
    };
    const others = this.#idle().filter((resident) => resident !== own);
    const room = await planRoom(plan, this.#freeBytes(), own, others);
    return {
      settings: chosen,
      usual: holding.usual,
      limits: {
        contextTokens: summary.contextTokens,
        kvCacheTypes: kvCacheTypesFor(summary),
        threads: mostThreads(this.#options.maxThreads),
        // The output layer counts as one more. Source: llama.cpp, llama_model_n_layer and n_gpu_layers.
        ...(gpu === undefined || gpu === false ? {} : { gpuLayers: summary.blockCount + 1 }),
      },
      ...(loaded === undefined ? {} : { loaded }),
      ...(draftFailure === undefined ? {} : { draftFailure }),
      ...room,
    };
  }

  /** Calls `listener` whenever a model's state changes. */
  onStateChange(listener: (modelId: string) => void): void {
    this.#stateListeners.add(listener);
  }

  /** Tells `observer` what happens in all workers from now on. */
  observe(observer: WorkerObserver): void {
    this.#observers.add(observer);
  }

  /** Takes the model out of memory; its generations end with `worker_died`. */
  async unload(modelId: string): Promise<void> {
    const resident = this.#residents.get(modelId);
    if (resident === undefined) return;
    resident.unwanted = true;
    await resident.worker.close();
  }

  async release(modelId: string): Promise<void> {
    const holders = [...this.#residents.values()].filter(({ draftId }) => draftId === modelId);
    refuseInUse(modelId, holders, (holder) => this.#isInUse(holder));
    await Promise.all([this.unload(modelId), ...holders.map(({ worker }) => worker.close())]);
  }

  /** Process of a loaded model, for those who watch or test. */
  processId(modelId: string): number | undefined {
    return this.#residents.get(modelId)?.worker.processId;
  }

  /** The models in memory, and what their workers say of themselves. */
  figures(): Promise<{ modelId: string; processId: number | undefined; figures: EngineFigures | undefined }[]> {
    const residents = [...this.#residents].filter(([, { worker }]) => worker.state === "ready");
    return Promise.all(
      residents.map(async ([modelId, { worker }]) => ({
        modelId,
        processId: worker.processId,
        figures: await worker.figures(),
      })),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#idleTimer);
    await Promise.all([...this.#residents.values()].map(({ worker }) => worker.close()));
  }

  #start(model: PoolModel): Resident {
    this.#failures.delete(model.id);
    const load = () =>
      this.#load(model, resident, (progress) => {
        resident.progress = progress;
        for (const listener of resident.listeners) listener(progress);
        this.#changed(model.id);
      });
    const resident: Resident = {
      worker: this.#fork(model.id),
      loading: true,
      unwanted: false,
      weightsPath: model.weightsPath,
      progress: 0,
      listeners: new Set(),
      usedAtMs: performance.now(),
      plan: undefined,
      ready: this.#loading.then(load, load),
    };
    this.#loading = resident.ready;
    this.#residents.set(model.id, resident);
    this.#changed(model.id);
    return resident;
  }

  #fork(modelId: string): ModelWorker {
    const worker = new ModelWorker(modelId, this.#logger, { ...this.#options.worker, observer: this.#observer });
    void worker.exited.then(() => {
      const resident = this.#residents.get(modelId);
      // One that may be followed by another is seen to by who loads it.
      if (resident?.worker === worker && isGoing(resident)) this.#residents.delete(modelId);
      this.#changed(modelId);
    });
    return worker;
  }

  async #load(model: PoolModel, resident: Resident, onProgress: (progress: number) => void): Promise<ModelWorker> {
    const startedMs = performance.now();
    try {
      refuseUnwanted(resident);
      const { holding, hold } = await examineModel(model, this.#options);
      const held = await makeRoom(resident, hold, { freeBytes: () => this.#freeBytes(), idle: () => this.#idle() });
      resident.plan = held.plan;
      resident.planAlone = held.alone;
      resident.draftId = held.draftId;
      const maxResidentBytes = held.plan.totalBytes * residentShare + residentReserveBytes;
      const options = await loadOptions(model, held.plan, holding, this.#options, held.draft);
      refuseUnwanted(resident);
      await this.#trimParked(resident, options);
      const info = await this.#gpuFallback.load(options, {
        worker: resident.worker,
        replace: () => {
          resident.worker = this.#fork(model.id);
          return resident.worker;
        },
        isWanted: () => !resident.unwanted && !this.#closed,
        onProgress,
        maxResidentBytes,
      });
      resident.loading = false;
      if (info.draftFailure !== undefined) loseDraft(resident);
      resident.draftFailure = held.failure;
      const ms = Math.round(performance.now() - startedMs);
      const draftFailure = draftFailureOf(resident);
      const facts = { ms, ...info, ...(draftFailure === undefined ? {} : { draftFailure }) };
      this.#logger.info({ modelId: model.id, ...facts, estimatedBytes: resident.plan.totalBytes }, "model loaded");
      this.#changed(model.id);
      return resident.worker;
    } catch (error) {
      resident.loading = false;
      await resident.worker.close();
      if (this.#residents.get(model.id) === resident) this.#residents.delete(model.id);
      const known = AppError.from(error);
      // That it was unloaded meanwhile, or the server ended, is no fault of the model's.
      if (resident.unwanted || this.#closed) throw known;
      this.#failures.set(model.id, known);
      this.#logger.error({ modelId: model.id, code: known.code, message: known.message }, "model not loaded");
      throw known;
    }
  }

  /** Before another folder begins to fill: what is in those of models that are not in memory is bounded too. */
  async #trimParked(resident: Resident, { parking }: LoadOptions): Promise<void> {
    if (parking === undefined || this.#options.parking === undefined) return;
    resident.parkedIn = basename(parking.folderPath);
    const inUse = new Set([...this.#residents.values()].flatMap(({ parkedIn }) => parkedIn ?? []));
    await trimParkedStates(this.#options.parking.folderPath, this.#options.parking.totalBytes, inUse);
  }

  /** Ready workers that do nothing, that nobody needs and that are not pinned, the one unused longest first. */
  #idle(): Resident[] {
    return [...this.#residents.values()]
      .filter((resident) => !this.#isInUse(resident) && !this.#pinned.has(resident.worker.modelId))
      .sort((a, b) => a.usedAtMs - b.usedAtMs);
  }

  #isInUse(resident: Resident): boolean {
    return !isIdle(resident) || this.#options.isNeeded?.(resident.worker.modelId) === true;
  }

  #unloadIdle(): void {
    for (const resident of this.#residents.values()) if (this.#isInUse(resident)) resident.usedAtMs = performance.now();
    for (const resident of this.#idle())
      if (idleTimeLeftMs(resident, this.#options.idleUnloadMs) <= 0) void resident.worker.close();
  }

  #shareThreads(): void {
    this.#threads.share([...this.#residents.values()].map(({ worker }) => worker));
  }

  #freeBytes(): number {
    return Math.max(0, (this.#options.availableBytes ?? availableMemoryBytes)() - reserveBytes);
  }

  #changed(modelId: string): void {
    for (const listener of this.#stateListeners) listener(modelId);
  }
}

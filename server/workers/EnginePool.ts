import { AppError } from "../platform/AppError.js";
import type { ModelState } from "../protocol/model.js";
import type { MemoryPlan } from "../weights/planMemory.js";
import type { Engine, ReadyModel, RemotePoolModel } from "./Engine.js";
import type { RemoteEngine } from "./remote/RemoteEngine.js";
import type { PoolModel } from "./WorkerPool.js";

/** All engines as one: this machine's workers, and the other servers that were named at the start. */
export class EnginePool implements Engine {
  readonly #workers: Engine<PoolModel>;
  readonly #remotes: readonly RemoteEngine[];

  constructor(workers: Engine<PoolModel>, remotes: readonly RemoteEngine[]) {
    this.#workers = workers;
    this.#remotes = remotes;
  }

  acquire(model: PoolModel | RemotePoolModel, onProgress: (progress: number) => void): Promise<ReadyModel> {
    return "engine" in model ? this.#named(model.engine).acquire(model) : this.#workers.acquire(model, onProgress);
  }

  retry(model: PoolModel | RemotePoolModel, onProgress: (progress: number) => void): Promise<ReadyModel> {
    return "engine" in model ? this.#named(model.engine).retry(model) : this.#workers.retry(model, onProgress);
  }

  state(modelId: string): ModelState {
    return (this.#holder(modelId) ?? this.#workers).state(modelId);
  }

  onStateChange(listener: (modelId: string) => void): void {
    for (const engine of [this.#workers, ...this.#remotes]) engine.onStateChange(listener);
  }

  plan(modelId: string): MemoryPlan | undefined {
    return (this.#holder(modelId) ?? this.#workers).plan(modelId);
  }

  isPinned(modelId: string): boolean {
    return (this.#holder(modelId) ?? this.#workers).isPinned(modelId);
  }

  pin(modelId: string, pinned: boolean): void {
    (this.#holder(modelId) ?? this.#workers).pin(modelId, pinned);
  }

  keepAlive(modelId: string, forMs: number): void {
    (this.#holder(modelId) ?? this.#workers).keepAlive(modelId, forMs);
  }

  idleTimeLeftMs(modelId: string): number {
    return (this.#holder(modelId) ?? this.#workers).idleTimeLeftMs(modelId);
  }

  async unload(modelId: string): Promise<void> {
    await (this.#holder(modelId) ?? this.#workers).unload(modelId);
  }

  async release(modelId: string): Promise<void> {
    await (this.#holder(modelId) ?? this.#workers).release(modelId);
  }

  async close(): Promise<void> {
    await Promise.all([this.#workers, ...this.#remotes].map((engine) => engine.close()));
  }

  /** The server that has this model; none for one of this machine. */
  #holder(modelId: string): RemoteEngine | undefined {
    return this.#remotes.find((remote) => remote.has(modelId));
  }

  #named(name: string): RemoteEngine {
    const remote = this.#remotes.find((candidate) => candidate.name === name);
    if (remote === undefined) throw new AppError("model_not_found", `There is no engine called "${name}".`);
    return remote;
  }
}

import type { AnyModel } from "../models/ModelRegistry.js";
import { AppError } from "../platform/AppError.js";
import type { Engine, ReadyModel } from "../workers/Engine.js";

/** Who counts tokens with which model, and what happens to them when it is loaded again with other settings. */
export class TokenCounting {
  readonly #pool: Engine;
  readonly #counts = new Set<{ modelId: string }>();
  /** The last reload of each model; it never rejects. */
  readonly #reloads = new Map<string, Promise<unknown>>();

  constructor(pool: Engine) {
    this.#pool = pool;
  }

  /** Whether somebody counts with the model. */
  uses(modelId: string): boolean {
    return [...this.#counts].some((count) => count.modelId === modelId);
  }

  /**
   * Has `work` count with the model, which is loaded if need be. When it is loaded again meanwhile, `work` begins anew with the process
   * that comes next, whose context may be another. Throws what keeps the model from being loaded, and what `work` throws.
   */
  async count<T>(model: AnyModel, work: (worker: ReadyModel) => Promise<T>): Promise<T> {
    const count = { modelId: model.id };
    this.#counts.add(count);
    try {
      for (;;) {
        const before = this.#reloads.get(model.id);
        try {
          return await work(await this.#pool.acquire(model, () => {}));
        } catch (error) {
          const reload = this.#reloads.get(model.id);
          // A process that crashed, or whose model somebody took out of memory, is followed by none of itself.
          if (!(error instanceof AppError) || error.code !== "worker_died" || reload === before) throw error;
          await reload;
        }
      }
    } finally {
      this.#counts.delete(count);
    }
  }

  /** Runs `reload`, which puts another process in the place of the model's; those who count meanwhile wait for it. */
  async during<T>(modelId: string, reload: () => Promise<T>): Promise<T> {
    const running = reload();
    this.#reloads.set(
      modelId,
      running.catch(() => undefined),
    );
    return await running;
  }
}

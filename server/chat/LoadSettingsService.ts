import type { ModelRegistry } from "../models/ModelRegistry.js";
import { AppError } from "../platform/AppError.js";
import type { LoadPlan, LoadSettings } from "../protocol/loadSettings.js";
import type { LoadSettingsStore } from "../workers/LoadSettingsStore.js";
import { memoryShort } from "../workers/memoryShort.js";
import type { WorkerPool } from "../workers/WorkerPool.js";
import type { GenerationService } from "./GenerationService.js";

/** How models are to be held in memory: what was chosen for them, and what that costs. */
export class LoadSettingsService {
  readonly #registry: ModelRegistry;
  readonly #pool: WorkerPool;
  readonly #store: LoadSettingsStore;
  readonly #generations: GenerationService;

  constructor(registry: ModelRegistry, pool: WorkerPool, store: LoadSettingsStore, generations: GenerationService) {
    this.#registry = registry;
    this.#pool = pool;
    this.#store = store;
    this.#generations = generations;
  }

  /** What the model would take; `settings` left out: with those that are chosen. Throws `model_not_found`, `bad_request` or `gguf_invalid`. */
  plan(modelId: string, settings?: LoadSettings): Promise<LoadPlan> {
    return this.#pool.planLoad(this.#registry.getInstalled(modelId), settings);
  }

  /**
   * Chooses how the model is held from now on, and loads it again if it is in memory. What cannot be loaded leaves everything as it
   * was chosen before. Throws as {@link plan}, `memory_short` with its numbers, `model_in_use` while replies are made with the model,
   * and whatever keeps it from being loaded.
   */
  async configure(modelId: string, settings: LoadSettings): Promise<LoadPlan> {
    const model = this.#registry.getInstalled(modelId);
    const wanted = await this.#pool.planLoad(model, settings);
    if (wanted.memory.totalBytes > wanted.availableBytes)
      throw memoryShort(
        model.id,
        wanted.memory.totalBytes,
        wanted.availableBytes,
        "Choose a shorter context or a smaller KV cache, or close other programs.",
      );
    if (this.#generations.running.some((generation) => generation.modelId === model.id))
      throw new AppError("model_in_use", "Replies are being made with this model.", {
        hint: "Wait until they have ended, or stop them.",
      });
    await this.#store.write(model.id, settings);
    const { state } = this.#pool.state(model.id);
    if (state === "ready" || state === "loading") {
      await this.#pool.unload(model.id);
      try {
        await this.#pool.retry(model, () => {});
      } catch (error) {
        await this.#store.write(model.id, wanted.settings);
        throw error;
      }
    }
    return this.#pool.planLoad(model);
  }
}

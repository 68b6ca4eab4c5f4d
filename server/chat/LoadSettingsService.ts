import type { InstalledModel, ModelRegistry } from "../models/ModelRegistry.js";
import { AppError } from "../platform/AppError.js";
import type { KvCacheType, LoadPlan, LoadSettings } from "../protocol/loadSettings.js";
import { kvCacheTypesFor } from "../weights/kvCacheTypes.js";
import { FittingDrafts } from "../workers/draft/FittingDrafts.js";
import { estimateDraft } from "../workers/draft/holdDraft.js";
import { openDraft } from "../workers/draft/openDraft.js";
import { inspectForPlan } from "../workers/inspectForPlan.js";
import type { LoadSettingsStore } from "../workers/LoadSettingsStore.js";
import { memoryShort } from "../workers/memoryShort.js";
import type { WorkerPool } from "../workers/WorkerPool.js";
import type { GenerationService } from "./GenerationService.js";
import { KeyedQueue } from "./KeyedQueue.js";

/** How models are to be held in memory: what was chosen for them, and what that costs. */
export class LoadSettingsService {
  readonly #registry: ModelRegistry;
  readonly #pool: WorkerPool;
  readonly #store: LoadSettingsStore;
  readonly #generations: GenerationService;
  readonly #queue = new KeyedQueue();
  readonly #drafts = new FittingDrafts();

  constructor(registry: ModelRegistry, pool: WorkerPool, store: LoadSettingsStore, generations: GenerationService) {
    this.#registry = registry;
    this.#pool = pool;
    this.#store = store;
    this.#generations = generations;
  }

  /**
   * What the model would take; `settings` left out: with those that are chosen. Throws `model_not_found`, `bad_request`, `gguf_invalid`, and
   * `draft_unfit` for settings with a model that cannot write guesses for this one.
   */
  async plan(modelId: string, settings?: LoadSettings): Promise<LoadPlan> {
    const model = this.#registry.getInstalled(modelId);
    return await this.#plan(model, settings && (await this.#checked(model, settings)));
  }

  /**
   * Chooses how the model is held from now on, and loads it again if it is in memory. What cannot be loaded leaves everything as it
   * was chosen before. Throws as {@link plan}, `memory_short` with its numbers, `model_in_use` while replies are made with the model,
   * and whatever keeps it from being loaded. Who asks meanwhile for the same model waits.
   */
  async configure(modelId: string, settings: LoadSettings): Promise<LoadPlan> {
    const model = this.#registry.getInstalled(modelId);
    return await this.#queue.run(model.id, async () => this.#configure(model, await this.#checked(model, settings)));
  }

  async #plan(model: InstalledModel, settings?: LoadSettings): Promise<LoadPlan> {
    const plan = await this.#pool.planLoad(model, settings);
    const fitting = await this.#drafts.find(model, this.#registry.installed());
    const drafts = fitting.map(({ modelId, summary }) => ({
      modelId,
      totalBytes: estimateDraft(summary, plan.memory.contextTokens).totalBytes,
    }));
    return { ...plan, drafts };
  }

  /** The settings with the draft's name as it is written. Throws `model_not_found`, `bad_request`, `draft_unfit`, `gguf_invalid`. */
  async #checked(model: InstalledModel, settings: LoadSettings): Promise<LoadSettings> {
    if (settings.kvCacheType !== undefined) await refuseKvCacheType(model, settings.kvCacheType);
    if (settings.draft === undefined || settings.draft === null) return settings;
    const draft = this.#registry.getInstalled(settings.draft);
    await openDraft({ id: model.id, ...(await inspectForPlan(model.weightsPath)) }, draft, inspectForPlan);
    return { ...settings, draft: draft.id };
  }

  async #configure(model: InstalledModel, settings: LoadSettings): Promise<LoadPlan> {
    const wanted = await this.#pool.planLoad(model, settings);
    if (wanted.memory.totalBytes > wanted.availableBytes)
      throw memoryShort(
        model.id,
        wanted.memory.totalBytes,
        wanted.availableBytes,
        settings.draft
          ? "Choose no draft, a shorter context or a smaller KV cache, unload another model, or close other programs."
          : "Choose a shorter context or a smaller KV cache, or close other programs.",
      );
    this.#refuseInUse(model.id);
    await this.#store.write(model.id, settings);
    await this.#generations.duringReload(model.id, async () => {
      const before = this.#pool.ownTime(model.id);
      try {
        await this.#loadAgain(model);
      } catch (error) {
        await this.#store.write(model.id, wanted.settings);
        // It was in memory before, and is to be so again. One that somebody unloaded meanwhile stays out.
        if (this.#pool.state(model.id).state === "failed")
          await this.#pool.retry(model, () => {}).catch(() => undefined);
        throw error;
      } finally {
        // A time of its own goes with a model that leaves the memory; this one only came back. What was wanted meanwhile counts.
        if (before?.keepAliveMs !== undefined && this.#pool.ownTime(model.id)?.keepAliveMs === undefined)
          this.#pool.keepAlive(model.id, before.keepAliveMs);
      }
    });
    return this.#plan(model);
  }

  async #loadAgain(model: InstalledModel): Promise<void> {
    const { state } = this.#pool.state(model.id);
    if (state !== "ready" && state !== "loading") return;
    // A reply may have begun while the settings were written. Nothing may come between this and the unload.
    this.#refuseInUse(model.id);
    await this.#pool.unload(model.id);
    await this.#pool.retry(model, () => {});
  }

  #refuseInUse(modelId: string): void {
    if (this.#generations.isInUse(modelId))
      throw new AppError("model_in_use", "Replies or embeddings are being made with this model.", {
        hint: "Wait until they have ended, or stop them.",
      });
  }
}

/** Throws `bad_request` for a type that the model's KV cache cannot be kept as. */
async function refuseKvCacheType(model: InstalledModel, type: KvCacheType): Promise<void> {
  const { summary } = await inspectForPlan(model.weightsPath);
  if (kvCacheTypesFor(summary).includes(type)) return;
  throw new AppError("bad_request", `The KV cache of ${model.id} cannot be kept as ${type}.`, {
    hint: `Its heads have ${summary.keyLength} values, and that type needs a multiple of 32: leave it at f16.`,
    field: "kvCacheType",
  });
}

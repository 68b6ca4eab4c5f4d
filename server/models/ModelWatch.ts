import type { Logger } from "../platform/logger.js";
import type { ModelChanges, ModelRegistry } from "./ModelRegistry.js";

/**
 * Looking costs a listing and a `stat` for each model, well under a millisecond. Notifications of the file system would come sooner, but
 * not at all on network drives and in containers whose folder lies on another system.
 */
const intervalMs = 2000;

/** Notices when another program changes which models are installed. */
export class ModelWatch {
  readonly #registry: ModelRegistry;
  readonly #onChange: (changes: ModelChanges) => Promise<void>;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | undefined;

  constructor(registry: ModelRegistry, onChange: (changes: ModelChanges) => Promise<void>, logger: Logger) {
    this.#registry = registry;
    this.#onChange = onChange;
    this.#logger = logger;
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
    }, intervalMs).unref();
  }

  /** Resolves when nobody is told anything any more. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    try {
      const changes = await this.#registry.rescan();
      if (changes.changed.length + changes.removed.length > 0) await this.#onChange(changes);
    } catch (error) {
      this.#logger.error({ error: String(error) }, "models could not be listed");
    }
  }
}

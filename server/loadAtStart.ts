import { chooseByName } from "./models/chooseByName.js";
import type { RunningEngine } from "./openEngine.js";
import { AppError } from "./platform/AppError.js";
import type { Config } from "./platform/config.js";
import type { Logger } from "./platform/logger.js";

/**
 * Begins to load the models that `--preload` and `--pin` name, as the other commands name them, and pins the latter. One that is not
 * installed, or whose short name several have, keeps nobody from using the others: `onUnknown` hears of it, or else the log.
 */
export function loadAtStart(
  { pin, preload }: Pick<Config, "pin" | "preload">,
  { registry, pool, engines }: Pick<RunningEngine, "registry" | "pool" | "engines">,
  logger: Logger,
  onUnknown = (name: string, { code, message, hint }: AppError) =>
    logger.warn({ modelId: name, code, hint }, `a model to load at the start: ${message}`),
): void {
  for (const name of new Set([...pin, ...preload])) {
    try {
      const model = chooseByName(registry.list(), name);
      if (pin.includes(name)) pool.pin(model.id, true);
      // What goes wrong is in the log and in the model's state; the server is there for the others.
      void engines.acquire(model, () => {}).catch(() => {});
    } catch (error) {
      // It may have been removed since, or is to be installed yet, with this very server.
      if (pin.includes(name)) pool.pin(name, true);
      if (logger.isLevelEnabled("warn")) onUnknown(name, AppError.from(error));
    }
  }
}

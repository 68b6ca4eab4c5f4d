import { InstallService } from "./install/InstallService.js";
import { loadCatalog } from "./models/catalog.js";
import type { ModelRegistry } from "./models/ModelRegistry.js";
import { usableCores } from "./platform/freeCores.js";
import type { Logger } from "./platform/logger.js";
import type { HomePaths } from "./platform/paths.js";
import { LoadSettingsStore } from "./workers/LoadSettingsStore.js";

/** Installs into a home, with what an earlier process left unfinished. */
export async function openInstalls(
  registry: ModelRegistry,
  paths: Pick<HomePaths, "models" | "loadSettings">,
  logger: Logger,
): Promise<InstallService> {
  const installs = new InstallService(
    {
      modelsPath: paths.models,
      catalog: loadCatalog(),
      environment: process.env,
      threadCount: usableCores(),
      installedIds: () => new Set(registry.installed().map((model) => model.id)),
      modelsChanged: () => registry.scan(),
      forgetChoices: (modelId) => new LoadSettingsStore(paths.loadSettings).write(modelId, {}),
    },
    logger,
  );
  await installs.restore();
  return installs;
}

import { InstallService } from "./install/InstallService.js";
import { loadCatalog } from "./models/catalog.js";
import type { ModelRegistry } from "./models/ModelRegistry.js";
import { usableCores } from "./platform/freeCores.js";
import type { Logger } from "./platform/logger.js";

/** Installs into a home, with what an earlier process left unfinished. `modelsPath`: the home's folder of models. */
export async function openInstalls(
  registry: ModelRegistry,
  modelsPath: string,
  logger: Logger,
): Promise<InstallService> {
  const installs = new InstallService(
    {
      modelsPath,
      catalog: loadCatalog(),
      environment: process.env,
      threadCount: usableCores(),
      installedIds: () => new Set(registry.installed().map((model) => model.id)),
      modelsChanged: () => registry.scan(),
    },
    logger,
  );
  await installs.restore();
  return installs;
}

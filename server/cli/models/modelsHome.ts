import { join } from "node:path";
import { ModelRegistry } from "../../models/ModelRegistry.js";
import { readConfig } from "../../platform/config.js";
import { createLogger, type Logger } from "../../platform/logger.js";
import { homePaths, makeHome, packagePath } from "../../platform/paths.js";

/** Flags that every command about models takes. */
export interface HomeFlags {
  home?: unknown;
  json?: boolean;
}

/** Where models are for a command, and what is installed there. */
export interface ModelsHome {
  modelsPath: string;
  /** What was chosen for each model. */
  loadSettingsPath: string;
  registry: ModelRegistry;
  logger: Logger;
}

/** Throws `config_invalid`, `home_not_writable`. */
export async function openModelsHome(flags: HomeFlags): Promise<ModelsHome> {
  const { homePath, logLevel } = readConfig({ homePath: flags.home });
  const paths = homePaths(homePath);
  await makeHome(paths);
  const logger = createLogger(logLevel === "warn" ? "silent" : logLevel);
  const registry = new ModelRegistry(
    { packageModelsPath: join(packagePath, "models"), homeModelsPath: paths.models },
    logger,
  );
  await registry.scan();
  return { modelsPath: paths.models, loadSettingsPath: paths.loadSettings, registry, logger };
}

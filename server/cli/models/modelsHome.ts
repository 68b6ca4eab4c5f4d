import { join } from "node:path";
import { ModelRegistry } from "../../models/ModelRegistry.js";
import { readConfig } from "../../platform/config.js";
import { createLogger, type Logger } from "../../platform/logger.js";
import { homePaths, makeWritable, packagePath, requireReadable } from "../../platform/paths.js";

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

/** Changes nothing there: a home that can only be read will do. Throws `config_invalid`. */
export async function openModelsHome(flags: HomeFlags): Promise<ModelsHome> {
  const { homePath, logLevel } = readConfig({ homePath: flags.home });
  const paths = homePaths(homePath);
  await requireReadable(paths);
  const logger = createLogger(logLevel === "warn" ? "silent" : logLevel);
  const registry = new ModelRegistry(
    { packageModelsPath: join(packagePath, "models"), homeModelsPath: paths.models },
    logger,
  );
  await registry.scan();
  return { modelsPath: paths.models, loadSettingsPath: paths.loadSettings, registry, logger };
}

/** For those who change what is installed. Throws `home_not_writable`. */
export function makeModelsWritable({ modelsPath }: Pick<ModelsHome, "modelsPath">): Promise<void> {
  return makeWritable(modelsPath, "the folder of the models");
}

import { join } from "node:path";
import { demoModelId, ModelRegistry } from "../../models/ModelRegistry.js";
import type { Config } from "../../platform/config.js";
import type { Logger } from "../../platform/logger.js";
import { homePaths, packagePath } from "../../platform/paths.js";
import { checkDatabases } from "./checkDatabases.js";
import { checkEngine } from "./checkEngine.js";
import { checkHome } from "./checkHome.js";
import { checkHub } from "./checkHub.js";
import { checkModels } from "./checkModels.js";
import { checkPort } from "./checkPort.js";
import { checkRoom } from "./checkRoom.js";
import { type Finding, ok, problem } from "./Finding.js";

/** Looks at everything that Cria needs, one finding after the other. Changes nothing, and works beside a running server. */
export async function* examine(config: Config, logger: Logger): AsyncGenerator<Finding> {
  const paths = homePaths(config.homePath);
  const registry = new ModelRegistry(
    { packageModelsPath: join(packagePath, "models"), homeModelsPath: paths.models },
    logger,
  );
  await registry.scan();
  // Always one that will do: main.ts starts on no other.
  yield ok("node", `Node ${process.versions.node}`);
  const demo = registry.installed().find(({ id }) => id === demoModelId);
  if (demo === undefined)
    yield problem(
      "engine",
      "The model that ships with Cria is not there, so nothing can be tried.",
      "Install Cria again.",
    );
  else yield* await checkEngine(demo, config.gpu, logger);
  yield* await checkRoom(paths.models);
  yield await checkPort(config);
  yield* await checkHome(paths);
  yield* checkDatabases(paths);
  yield* checkModels(registry, paths.models, config.contextTokens);
  yield await checkHub();
}

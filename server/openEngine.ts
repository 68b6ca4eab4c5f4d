import { join } from "node:path";
import { GenerationService } from "./chat/GenerationService.js";
import { ModelRegistry } from "./models/ModelRegistry.js";
import type { Config } from "./platform/config.js";
import type { Logger } from "./platform/logger.js";
import { homePaths, packagePath } from "./platform/paths.js";
import type { WorkerParts } from "./workers/ModelWorker.js";
import { TuningStore } from "./workers/tuning/TuningStore.js";
import { WorkerPool } from "./workers/WorkerPool.js";

/** Models that nobody uses leave the memory after this long. */
const idleUnloadMs = 30 * 60 * 1000;
/** Of KV caches on disk per model. */
const parkedStatesBytes = 4e9;

/** What makes replies, with no server around it. */
export interface RunningEngine {
  registry: ModelRegistry;
  pool: WorkerPool;
  generations: GenerationService;
  /** Stops everything that runs; every worker is gone when it resolves. */
  close(): Promise<void>;
}

/**
 * Puts together what the server, the terminal and the `Cria` class share: the installed models, their workers (no process yet)
 * and the generations. `parkedStatesPath`: where KV caches of conversations are kept; one process at a time may use it.
 * `worker`: how each worker is made, where it differs from the usual.
 */
export async function openEngine(
  config: Pick<Config, "homePath" | "contextTokens" | "maxThreads" | "gpu" | "kvCacheType">,
  options: { parkedStatesPath?: string; worker?: WorkerParts },
  logger: Logger,
): Promise<RunningEngine> {
  const registry = new ModelRegistry(
    { packageModelsPath: join(packagePath, "models"), homeModelsPath: homePaths(config.homePath).models },
    logger,
  );
  await registry.scan();
  const { contextTokens, maxThreads, gpu, kvCacheType } = config;
  const { parkedStatesPath, worker } = options;
  const tunings = new TuningStore(homePaths(config.homePath).tunings);
  const pool = new WorkerPool(
    {
      contextTokens,
      maxThreads,
      gpu,
      ...(kvCacheType === "auto" ? {} : { kvCacheType }),
      settings: async (model) => (await tunings.read(model))?.settings,
      idleUnloadMs,
      ...(parkedStatesPath === undefined
        ? {}
        : { parking: { folderPath: parkedStatesPath, maxBytes: parkedStatesBytes } }),
      ...(worker === undefined ? {} : { worker }),
    },
    logger,
  );
  const generations = new GenerationService(registry, pool, logger);
  return {
    registry,
    pool,
    generations,
    close: async () => {
      generations.stopAll();
      await pool.close();
    },
  };
}

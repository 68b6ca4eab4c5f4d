import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { OpenLog } from "./chat/GenerationLog.js";
import { GenerationService } from "./chat/GenerationService.js";
import { type ModelChanges, ModelRegistry } from "./models/ModelRegistry.js";
import { remoteModel } from "./models/RemoteModel.js";
import type { Config } from "./platform/config.js";
import type { Logger } from "./platform/logger.js";
import { homePaths, packagePath } from "./platform/paths.js";
import { draftFor } from "./workers/draft/draftFor.js";
import type { Engine } from "./workers/Engine.js";
import { EnginePool } from "./workers/EnginePool.js";
import { LoadSettingsStore } from "./workers/LoadSettingsStore.js";
import type { WorkerParts } from "./workers/ModelWorker.js";
import { RemoteEngine } from "./workers/remote/RemoteEngine.js";
import { TuningStore } from "./workers/tuning/TuningStore.js";
import { WorkerPool } from "./workers/WorkerPool.js";

/** So long the start waits for what other servers have. */
const firstLookMs = 2_000;
/** Of KV caches on disk: of one model, and of all together. */
const parkedStatesBytes = { maxBytes: 4e9, totalBytes: 8e9 };

/** What makes replies, with no server around it. */
export interface RunningEngine {
  registry: ModelRegistry;
  pool: WorkerPool;
  /** The workers and the servers that were named, as one. */
  engines: Engine;
  generations: GenerationService;
  loadSettings: LoadSettingsStore;
  /** Calls `listener` when a server that was named has other models than before. */
  onRemoteModels(listener: (changes: ModelChanges) => void): void;
  /** Stops everything that runs; every worker is gone when it resolves. */
  close(): Promise<void>;
}

/**
 * Puts together what the server, the terminal and the `Cria` class share: the installed models, their workers (no process yet)
 * and the generations. `parkedStatesPath`: where KV caches of conversations are kept; one process at a time may use it.
 * `worker`: how each worker is made, where it differs from the usual. `openLog`: where logs are kept, if not in this process.
 */
export async function openEngine(
  config: Pick<
    Config,
    "homePath" | "contextTokens" | "maxThreads" | "gpu" | "kvCacheType" | "idleUnloadMinutes" | "engines"
  >,
  options: { parkedStatesPath?: string; worker?: WorkerParts; openLog?: OpenLog | undefined },
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
  const loadSettings = new LoadSettingsStore(homePaths(config.homePath).loadSettings);
  const pool = new WorkerPool(
    {
      contextTokens,
      maxThreads,
      gpu,
      ...(kvCacheType === "auto" ? {} : { kvCacheType }),
      settings: async (model) => (await tunings.read(model))?.settings,
      draft: async (model, chosen) =>
        draftFor(chosen, (await tunings.read(model))?.settings.draft, (modelId) => {
          const found = registry.find(modelId);
          return found !== undefined && "weightsPath" in found ? found : undefined;
        }),
      chosen: (modelId) => loadSettings.read(modelId),
      idleUnloadMs: config.idleUnloadMinutes * 60_000,
      isNeeded: (modelId) => generations.isNeeded(modelId),
      ...(parkedStatesPath === undefined ? {} : { parking: { folderPath: parkedStatesPath, ...parkedStatesBytes } }),
      ...(worker === undefined ? {} : { worker }),
    },
    logger,
  );
  const listeners = new Set<(changes: ModelChanges) => void>();
  const remotes = config.engines.map((address) => new RemoteEngine(address, logger));
  for (const remote of remotes)
    remote.onModelsChange(() => {
      const changes = registry.setRemote(remote.name, remote.models.map(remoteModel));
      for (const listener of listeners) listener(changes);
    });
  // A server that is slow to answer is not waited for: its models come when it does.
  if (remotes.length > 0)
    await Promise.race([
      Promise.all(remotes.map((remote) => remote.look())),
      wait(firstLookMs, undefined, { ref: false }),
    ]);
  const engines = new EnginePool(pool, remotes);
  const generations: GenerationService = new GenerationService(registry, engines, logger, options.openLog);
  return {
    registry,
    pool,
    engines,
    generations,
    loadSettings,
    onRemoteModels: (listener) => listeners.add(listener),
    close: async () => {
      const stopped = generations.stopAll();
      await engines.close();
      await stopped;
    },
  };
}

import type { KvCacheType, LoadSettings } from "../protocol/loadSettings.js";
import type { CrashCircuitTimes } from "./CrashCircuit.js";
import type { DraftChoice } from "./draft/holdDraft.js";
import type { WorkerParts } from "./ModelWorker.js";
import type { EngineSettings } from "./tuning/Tuning.js";
import type { PoolModel } from "./WorkerPool.js";

/** How the models of a pool are held where nothing else was chosen for one, and where that is found. */
export interface PoolOptions {
  contextTokens: number;
  /** 0: as many as there are. */
  maxThreads: number;
  gpu: "auto" | "off";
  /** Models that stay in memory once they are there, by their ids. */
  pinned?: readonly string[];
  /** Left out: as the model was tuned, else f16. */
  kvCacheType?: KvCacheType;
  /** What was measured to be best for a model on this machine. */
  settings?: (model: PoolModel) => Promise<EngineSettings | undefined>;
  /** The model that shall write guesses for another, if one shall; `chosen`: what its settings say of it. */
  draft?: (model: PoolModel, chosen: LoadSettings["draft"]) => Promise<DraftChoice | undefined>;
  /** What was chosen for a model; it wins over what is said here. */
  chosen?: (modelId: string) => Promise<LoadSettings>;
  /** Idle models leave the memory after this long; 0: never. */
  idleUnloadMs: number;
  /** Whether somebody needs the model, though nothing may be asked of its worker at this moment. */
  isNeeded?: (modelId: string) => boolean;
  /**
   * Where KV caches of conversations that left their lane are kept, and how many bytes of them: of a model, and of all that were ever
   * loaded together. None: they are dropped.
   */
  parking?: { folderPath: string; maxBytes: number; totalBytes: number };
  /** Memory that is free now; another source is for tests. */
  availableBytes?: () => number;
  /** When a model that crashes is left alone; other times are for tests. */
  circuit?: CrashCircuitTimes;
  /** How each worker is made, where it differs from the usual. */
  worker?: WorkerParts;
}

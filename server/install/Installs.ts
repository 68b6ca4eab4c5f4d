import type { ModelChanges } from "../models/ModelRegistry.js";
import type { AppError } from "../platform/AppError.js";
import type { InstallActivity, InstallableModel, InstallProgress, InstallRequest } from "../protocol/install.js";
import { saying } from "./describeActivity.js";

export interface InstallListener {
  progress(progress: InstallProgress): void;
  /** The model of that id is new, or another one than before. */
  installed(modelId: string): void;
  removed(modelId: string): void;
}

/** Installs as the page sees them: of this process alone, or one after the other over all nodes of a cluster. */
export interface Installs {
  /** Returns how to end it. */
  listen(listener: InstallListener): () => void;
  /** What can be installed, and how well it would fit now. */
  listInstallable(): Promise<InstallableModel[]>;
  /** Every install that runs, waits, was paused, failed or finished since the start. */
  listInstalls(): InstallProgress[];
  /**
   * Starts an install, or goes on with one that was paused or failed. One that runs or waits already is answered as it is.
   * Throws `install_source_invalid`, `install_unknown_model`, `bad_request`, `queue_full`, `server_closing`.
   */
  start(request: InstallRequest): Promise<InstallProgress>;
  /** Stops an install and keeps what was fetched. Throws `install_unknown_model`. */
  pause(modelId: string): Promise<void>;
  /** Stops an install and deletes what was fetched. Throws `install_unknown_model`. */
  cancel(modelId: string): Promise<void>;
  /** Another program installed, replaced or removed models; they are listed as they are now. */
  noticed(changes: ModelChanges): void;
  /** Deletes an installed model. Throws `install_busy`, `bad_request`. */
  remove(modelId: string): Promise<void>;
  /** Pauses what runs here; resolves when its process is gone. */
  close(): Promise<void>;
}

/** More would be a mistake or an attack. */
export const installQueueLimit = 20;

/** An install that has not begun; `known`: how it stood when it was left. */
export function queuedProgress(
  modelId: string,
  name: string,
  known: InstallProgress | undefined,
  activity: InstallActivity,
): InstallProgress {
  const progress: InstallProgress = {
    ...(known ?? blankProgress(modelId, name)),
    state: "running",
    step: "queued",
    ...saying(activity),
    bytesPerSecond: 0,
  };
  delete progress.error;
  return progress;
}

/** An install that ended with an error, which says all there is to say. */
export function failedProgress(known: InstallProgress, error: AppError): InstallProgress {
  const progress: InstallProgress = { ...known, state: "failed", message: error.message, error: error.toInfo() };
  delete progress.activity;
  return progress;
}

export function blankProgress(modelId: string, name: string): InstallProgress {
  return {
    modelId,
    name,
    state: "running",
    step: "queued",
    message: "",
    fetchedBytes: 0,
    fetchTotalBytes: 0,
    convertedBytes: 0,
    convertTotalBytes: 0,
    bytesPerSecond: 0,
    progress: 0,
  };
}

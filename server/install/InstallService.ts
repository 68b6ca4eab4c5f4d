import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Catalog } from "../models/catalog.js";
import type { ModelChanges } from "../models/ModelRegistry.js";
import { installingSuffix, splitModelId } from "../models/modelId.js";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import type { InstallableModel, InstallProgress, InstallRequest } from "../protocol/install.js";
import { saying } from "./describeActivity.js";
import { readHubSettings } from "./hub/hubSettings.js";
import type { InstallAsk, InstallJob } from "./InstallJob.js";
import { lockModel } from "./InstallLock.js";
import { type InstallOutcome, InstallProcess } from "./InstallProcess.js";
import {
  blankProgress,
  failedProgress,
  type InstallListener,
  type Installs,
  installQueueLimit,
  queuedProgress,
} from "./Installs.js";
import { inspectDisk } from "./inspectDisk.js";
import { listInstallable } from "./listInstallable.js";
import { measureRoom } from "./measureRoom.js";
import { parseInstallSource, withoutKeys } from "./parseInstallSource.js";
import { planInstall } from "./planInstall.js";
import { removeModel } from "./removeModel.js";
import { modelIdOf } from "./resolveInstall.js";
import { WorkFolder } from "./WorkFolder.js";

export interface InstallServiceOptions {
  /** The home's folder of models. */
  modelsPath: string;
  catalog: Catalog;
  environment: NodeJS.ProcessEnv;
  /** Threads for the quantizer. */
  threadCount: number;
  installedIds: () => ReadonlySet<string>;
  /** Awaited after a model came or went, before anyone hears of it: whoever hears may ask for it at once. */
  modelsChanged: () => Promise<unknown>;
  /** Deletes what was chosen for a model that is removed. */
  forgetChoices?: (modelId: string) => Promise<void>;
}

interface Install {
  ask: InstallAsk;
  force: boolean;
  progress: InstallProgress;
  process: InstallProcess | undefined;
}

type InstallEnd = { type: "installed" } | Exclude<InstallOutcome, { type: "installed" }>;

/** Installs for the page: one at a time, in the order in which they were asked for, each in its own process. */
export class InstallService implements Installs {
  readonly #options: InstallServiceOptions;
  readonly #logger: Logger;
  /** By model id; the newest state of each is kept for those who come later. */
  readonly #installs = new Map<string, Install>();
  readonly #queue: string[] = [];
  readonly #listeners = new Set<InstallListener>();
  #closed = false;

  constructor(options: InstallServiceOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
  }

  listen(listener: InstallListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async listInstallable(): Promise<InstallableModel[]> {
    const { catalog, modelsPath, installedIds } = this.#options;
    return listInstallable(catalog, await measureRoom(modelsPath), installedIds());
  }

  listInstalls(): InstallProgress[] {
    return [...this.#installs.values()].map((install) => install.progress);
  }

  /** Finds what an earlier server left unfinished: it is shown as paused. */
  async restore(): Promise<void> {
    const { modelsPath } = this.#options;
    for (const family of await readdir(modelsPath).catch(() => []))
      for (const folder of await readdir(join(modelsPath, family)).catch(() => [])) {
        if (!folder.endsWith(installingSuffix)) continue;
        const modelId = `${family}.${folder.slice(0, -installingSuffix.length)}`;
        if (splitModelId(modelId) === undefined || this.#installs.has(modelId)) continue;
        const work = new WorkFolder(modelsPath, modelId);
        const job = await work.readJob();
        if (job !== undefined) this.#installs.set(modelId, await pausedInstall(job, work));
      }
  }

  async start(request: InstallRequest): Promise<InstallProgress> {
    if (this.#closed) throw new AppError("server_closing", "The server is shutting down.");
    const { ask, modelId, name } = await this.#understand(request);
    const known = this.#installs.get(modelId);
    if (known?.progress.state === "running") return known.progress;
    if (this.#queue.length >= installQueueLimit)
      throw new AppError("queue_full", `${installQueueLimit} installs are waiting already.`, {
        hint: "Let some of them finish first.",
      });
    const progress = queuedProgress(modelId, name, known?.progress, {
      code: this.#queue.length === 0 ? "starting" : "waiting",
    });
    this.#installs.set(modelId, { ask, force: request.force ?? false, progress, process: undefined });
    this.#queue.push(modelId);
    this.#announce(progress);
    this.#next();
    return progress;
  }

  async pause(modelId: string): Promise<void> {
    await this.#stop(modelId, "pause");
  }

  async cancel(modelId: string): Promise<void> {
    await this.#stop(modelId, "cancel");
  }

  noticed({ changed, removed }: ModelChanges): void {
    for (const modelId of changed) {
      const install = this.#installs.get(modelId);
      if (install !== undefined && install.progress.state !== "running" && install.progress.state !== "installed")
        this.#end(install, { type: "installed" });
      else for (const listener of this.#listeners) listener.installed(modelId);
    }
    for (const modelId of removed) {
      if (this.#installs.get(modelId)?.progress.state === "installed") this.#installs.delete(modelId);
      for (const listener of this.#listeners) listener.removed(modelId);
    }
  }

  async remove(modelId: string): Promise<void> {
    if (this.#installs.get(modelId)?.progress.state === "running")
      throw new AppError("install_busy", "This model is being installed.", { hint: "Cancel the install first." });
    await removeModel(this.#options.modelsPath, modelId);
    await this.#options.forgetChoices?.(modelId);
    await this.#options.modelsChanged();
    this.#installs.delete(modelId);
    for (const listener of this.#listeners) listener.removed(modelId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#queue.length = 0;
    await Promise.all([...this.#installs.values()].map((install) => install.process?.stop()));
  }

  /** What a request would install. Throws as {@link start}. */
  async identify(request: InstallRequest): Promise<{ modelId: string; name: string }> {
    const { modelId, name } = await this.#understand(request);
    return { modelId, name };
  }

  /** What a request means. A model that is only known from an install that did not finish is gone on with as it was begun. */
  async #understand(request: InstallRequest): Promise<{ ask: InstallAsk; modelId: string; name: string }> {
    const { modelId: wanted, quantization } = request;
    const begun = wanted === undefined ? undefined : this.#installs.get(wanted);
    if (
      begun !== undefined &&
      wanted !== undefined &&
      (quantization === undefined || quantization === begun.ask.quantization)
    )
      return { ask: begun.ask, modelId: wanted, name: begun.progress.name };
    const source = wanted ?? request.source ?? "";
    const means = await parseInstallSource(source, {
      catalog: this.#options.catalog,
      endpoint: readHubSettings(this.#options.environment).endpoint,
      allowPaths: false,
    });
    const canonical = means.type === "catalog" ? means.model.id : source;
    return {
      ask: { source: canonical, ...(quantization === undefined ? {} : { quantization }) },
      modelId: modelIdOf(means, undefined),
      name: means.type === "catalog" ? means.model.name : withoutKeys(canonical),
    };
  }

  /** Deletes what was fetched. Throws `install_busy` when another process goes on with it. */
  async #discard({ progress: { modelId, error } }: Install): Promise<void> {
    const work = new WorkFolder(this.#options.modelsPath, modelId);
    try {
      const release = await lockModel(work.modelPath);
      await work.remove().finally(release);
    } catch (failure) {
      // One that ended because another process has the folder has nothing in it.
      if (AppError.from(failure).code !== "install_busy" || error?.code !== "install_busy") throw failure;
    }
  }

  async #stop(modelId: string, how: "pause" | "cancel"): Promise<void> {
    const install = this.#installs.get(modelId);
    if (install === undefined)
      throw new AppError("install_unknown_model", `Nothing called "${modelId}" is being installed.`, {
        field: "modelId",
      });
    const place = this.#queue.indexOf(modelId);
    if (place >= 0 && install.process === undefined) this.#queue.splice(place, 1);
    const outcome = await install.process?.stop();
    // It may have finished in the meantime: that is announced by itself.
    if (outcome?.type === "installed") return;
    if (install.progress.state === "running") this.#end(install, { type: "stopped" });
    if (how === "cancel") {
      await this.#discard(install);
      install.progress = {
        ...install.progress,
        state: "cancelled",
        ...saying({ code: "cancelled" }),
        bytesPerSecond: 0,
      };
      this.#announce(install.progress);
      if (this.#installs.get(modelId) === install) this.#installs.delete(modelId);
    }
  }

  /** The first of the queue, when nothing runs. */
  #next(): void {
    const [modelId] = this.#queue;
    const install = modelId === undefined ? undefined : this.#installs.get(modelId);
    if (install === undefined || install.process !== undefined || this.#closed) return;
    const { modelsPath, environment, threadCount } = this.#options;
    install.process = new InstallProcess(
      { ask: install.ask, modelsPath, force: install.force, threadCount },
      environment,
      (progress) => {
        install.progress = progress;
        this.#announce(progress);
      },
    );
    void install.process.outcome.then(async (outcome) => {
      if (outcome.type === "installed")
        await this.#options
          .modelsChanged()
          .catch((error: unknown) => this.#logger.error({ error: String(error) }, "models could not be listed"));
      this.#queue.splice(this.#queue.indexOf(install.progress.modelId), 1);
      this.#end(install, outcome);
      this.#next();
    });
  }

  #end(install: Install, outcome: InstallEnd): void {
    install.process = undefined;
    const { progress } = install;
    const ended = { ...progress, bytesPerSecond: 0 };
    delete ended.etaSeconds;
    if (outcome.type === "installed")
      install.progress = {
        ...ended,
        state: "installed",
        step: "registering",
        progress: 1,
        ...saying({ code: "installed" }),
      };
    else if (outcome.type === "stopped")
      install.progress = { ...ended, state: "paused", ...saying({ code: "paused" }) };
    else install.progress = failedProgress(ended, outcome.error);
    if (outcome.type === "failed")
      this.#logger.warn({ modelId: progress.modelId, code: outcome.error.code }, "an install failed");
    this.#announce(install.progress);
    if (outcome.type === "installed") for (const listener of this.#listeners) listener.installed(progress.modelId);
  }

  #announce(progress: InstallProgress): void {
    for (const listener of this.#listeners) listener.progress(progress);
  }
}

async function pausedInstall(job: InstallJob, work: WorkFolder): Promise<Install> {
  const { fetchedBytes, fetchTotalBytes } = planInstall(job, await inspectDisk(work, job));
  const progress: InstallProgress = {
    ...blankProgress(job.modelId, job.name),
    state: "paused",
    step: "fetching",
    ...saying({ code: "paused" }),
    fetchedBytes,
    fetchTotalBytes,
    progress: fetchTotalBytes === 0 ? 0 : (fetchedBytes / fetchTotalBytes) * 0.9,
    ...(job.quantizationName === undefined ? {} : { quantization: job.quantizationName }),
    ...(job.license === undefined ? {} : { license: job.license }),
  };
  return { ask: job.ask, force: false, progress, process: undefined };
}

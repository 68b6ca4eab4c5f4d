import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest } from "../models/manifest.js";
import { AppError } from "../platform/AppError.js";
import type { ErrorCode } from "../protocol/errorCodes.js";
import { checkRoom } from "./checkRoom.js";
import { checkWeights } from "./checkWeights.js";
import { describeDiskError } from "./download/diskError.js";
import { ReplacedError } from "./download/ReplacedError.js";
import type { InstallContext } from "./InstallContext.js";
import { type InstallJob, remoteParts } from "./InstallJob.js";
import { lockModel } from "./InstallLock.js";
import { inspectDisk, readInstalled } from "./inspectDisk.js";
import { planInstall } from "./planInstall.js";
import { type ProducedWeights, produceWeights } from "./produceWeights.js";
import { refuseOther } from "./refuseOther.js";
import { findMovedWeights, registerModel } from "./registerModel.js";
import { WorkFolder } from "./WorkFolder.js";

const maxAttempts = 3;

/**
 * Installs what `job` says, from where an earlier run (ended in whatever way) got to. The model of that name that is installed stays
 * untouched until the new one is whole, checked and loaded. Throws the errors of its steps; `install_busy`; `bad_request` when another
 * model has the name; the signal's reason.
 */
export async function runInstall(job: InstallJob, context: InstallContext): Promise<Manifest> {
  const { meter, signal } = context;
  const work = new WorkFolder(context.modelsPath, job.modelId);
  meter.step("checking", { code: "looking", name: job.name });
  const release = await lockModel(work.modelPath);
  try {
    if (!context.force) refuseOther(job, await readInstalled(work.modelPath), await work.readJob());
    await work.begin(job);
    const disk = await inspectDisk(work, job);
    if (planInstall(job, disk).done && disk.installed !== undefined) {
      await work.remove();
      return disk.installed;
    }
    const moved = await findMovedWeights(work);
    const weights = moved === undefined ? await produce(job, work, context) : { path: moved, sha256: undefined };
    meter.step("verifying", { code: "verifying" });
    const summary = await checkWeights(weights.path, job);
    await context.loadBack(weights.path, (progress) => meter.within(progress * 0.5), signal);
    signal.throwIfAborted();
    const manifest = await registerModel(work, job, { ...weights, summary }, (progress) =>
      meter.within(0.5 + progress * 0.5),
    );
    meter.step("registering", { code: "registering", sizeBytes: manifest.sizeBytes });
    if (job.keepSource) await keepSource(work, job);
    await work.remove();
    return manifest;
  } catch (error) {
    if (error instanceof AppError && hopeless.has(error.code)) {
      await work.remove();
      meter.dropped();
    }
    throw error;
  } finally {
    await release();
  }
}

/** Fetches and converts; begins anew, from where that is needed, when a file changes after some of it was used. */
async function produce(job: InstallJob, work: WorkFolder, context: InstallContext): Promise<ProducedWeights> {
  for (let attempt = 1; ; attempt++) {
    const disk = await inspectDisk(work, job);
    const plan = planInstall(job, disk);
    if (!context.force) checkRoom({ ...context, job, plan });
    try {
      return await produceWeights(job, plan, disk, work, context);
    } catch (error) {
      if (!(error instanceof ReplacedError) || attempt === maxAttempts)
        throw await describeDiskError(error, work.path, plan.neededDiskBytes);
    }
  }
}

/** After these the weights themselves are no good: keeping them would only make the next run fail in the same way. */
const hopeless = new Set<ErrorCode>([
  "architecture_unsupported",
  "checkpoint_invalid",
  "ggml_invalid",
  "gguf_invalid",
  "install_check_failed",
  "install_wrong_model",
  "pickle_refused",
  "pytorch_invalid",
  "safetensors_invalid",
  "tokenizer_invalid",
  "weights_not_finite",
]);

/** `--keep-source`: what was fetched stays in the model's folder, where nothing but removing the model looks at it. */
async function keepSource(work: WorkFolder, job: InstallJob): Promise<void> {
  for (const [index, part] of remoteParts(job.source).entries()) {
    const target = join(work.modelPath, `source-${index}`);
    await rm(target, { recursive: true, force: true });
    await rename(work.partPath(job, part), target);
  }
}

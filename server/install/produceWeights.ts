import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../platform/AppError.js";
import { isGgmlMagic } from "../weights/ggml/readGgmlHeader.js";
import { partPaths } from "../weights/gguf/readGgufIndex.js";
import { quantizeGguf } from "../weights/quantize/quantizeGguf.js";
import { openFileBytes } from "../weights/RandomBytes.js";
import { checkModel } from "./checkWeights.js";
import { convertLocal, convertSource } from "./convertSource.js";
import { FetchProgress } from "./FetchProgress.js";
import { fetchFile, fetching } from "./fetchFile.js";
import type { InstallContext } from "./InstallContext.js";
import type { InstallJob } from "./InstallJob.js";
import { openLocalSplitGguf } from "./joinGguf.js";
import { openLocalSource } from "./openLocalSource.js";
import { type DiskState, fileKey, type InstallPlan } from "./planInstall.js";
import { takeLocalFile } from "./takeLocalFile.js";
import type { WorkFolder } from "./WorkFolder.js";

/** Finished weights in the work folder; their checksum where it is known already. */
export interface ProducedWeights {
  path: string;
  sha256: string | undefined;
}

/** Fetches and converts what is missing until there is one GGUF file. Throws the errors of download and conversion. */
export async function produceWeights(
  job: InstallJob,
  plan: InstallPlan,
  disk: DiskState,
  work: WorkFolder,
  context: InstallContext,
): Promise<ProducedWeights> {
  const { source } = job;
  const result: ProducedWeights = { path: work.resultPath, sha256: undefined };
  if (disk.finished) return result;
  switch (source.type) {
    case "gguf": {
      if (source.base.weights.length > 1 && job.quantization === undefined) {
        await convertSource(job, plan, disk, work, context);
        return result;
      }
      context.meter.setShares(plan.convert ? { fetching: 0.8, converting: 0.15 } : { fetching: 0.95, converting: 0 });
      const { path, sha256 } = await fetchAll(job, plan, disk, work, context);
      if (!plan.convert && !(await isOldFormat(path))) {
        // A single fetched file is the result: nothing needs to be copied.
        await rename(path, work.resultPath);
        return { ...result, sha256 };
      }
      await takeLocal(path, job, disk, work, context);
      return result;
    }
    case "localFile":
    case "localFolder":
      context.meter.setShares({ fetching: 0, converting: 0.95 });
      await takeLocal(source.path, job, disk, work, context);
      return result;
    default:
      await convertSource(job, plan, disk, work, context);
      return result;
  }
}

/** Every file of the plan, one after the other; the checksum is that of a single one. */
async function fetchAll(
  job: InstallJob,
  plan: InstallPlan,
  disk: DiskState,
  work: WorkFolder,
  context: InstallContext,
): Promise<ProducedWeights> {
  const progress = new FetchProgress(plan, disk.partialBytes, context.meter);
  let sha256: string | undefined;
  for (const { part, file } of plan.fetch) {
    context.meter.step("fetching", fetching(part, file));
    const report = progress.of(fileKey(job, part, file), file.sizeBytes !== undefined);
    ({ sha256 } = await fetchFile(context, part, file, work.partPath(job, part), report));
  }
  if (job.source.type !== "gguf") throw new AppError("internal", "Only GGUF files are fetched before anything else.");
  const { base } = job.source;
  const path = join(work.partPath(job, base), base.weights[0]?.localName ?? "");
  // What an earlier run fetched is hashed anew: it has lain on the disk since.
  return { path, sha256: base.weights.length === 1 ? sha256 : undefined };
}

/** An address may lead to a file from before GGUF, whatever its name says. */
async function isOldFormat(path: string): Promise<boolean> {
  const file = await openFileBytes(path);
  try {
    return file.sizeBytes >= 4 && isGgmlMagic(await file.read(0, 4));
  } finally {
    await file.close();
  }
}

/** Converts, quantizes, joins or just takes over what lies on this disk. */
async function takeLocal(
  sourcePath: string,
  job: InstallJob,
  disk: DiskState,
  work: WorkFolder,
  context: InstallContext,
): Promise<void> {
  const { meter, signal, threadCount } = context;
  const onProgress = (bytesDone: number, bytesTotal: number) => meter.converted(bytesDone, bytesTotal);
  const local = await openLocalSource(sourcePath, job.name);
  if (local.type === "model") {
    try {
      checkModel(local.model.parameters, job);
      await convertLocal(local.model, job, disk, work, context);
    } finally {
      await local.model.source.close();
    }
    return;
  }
  const { path } = local;
  if (job.quantization !== undefined) {
    meter.step("converting", { code: "quantizing", quantization: job.quantization });
    await quantizeGguf(path, work.resultPath, job.quantization, {
      threadCount,
      signal,
      onProgress: ({ bytesWritten, sizeBytes }) => onProgress(bytesWritten, sizeBytes),
    });
  } else if (partPaths(path).length > 1) {
    const split = await openLocalSplitGguf(path);
    try {
      await convertLocal(split, job, disk, work, context);
    } finally {
      await split.source.close();
    }
  } else {
    meter.step("converting", { code: "copying" });
    await takeLocalFile(path, work.resultPath, { signal, onProgress });
  }
  await rm(`${work.resultPath}.partial`, { force: true });
}

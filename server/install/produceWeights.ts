import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../platform/AppError.js";
import type { Quantization } from "../protocol/install.js";
import { partPaths } from "../weights/gguf/readGgufIndex.js";
import { quantizeGguf } from "../weights/quantize/quantizeGguf.js";
import { convertSource } from "./convertSource.js";
import { FetchProgress } from "./FetchProgress.js";
import { fetchFile } from "./fetchFile.js";
import { formatBytes } from "./formatBytes.js";
import type { InstallContext } from "./InstallContext.js";
import type { InstallJob } from "./InstallJob.js";
import { joinGguf } from "./joinGguf.js";
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
  if (disk.finished) return { path: work.resultPath, sha256: undefined };
  switch (source.type) {
    case "gguf": {
      context.meter.setShares(plan.convert ? { fetching: 0.8, converting: 0.15 } : { fetching: 0.95, converting: 0 });
      const fetched = await fetchAll(job, plan, disk, work, context);
      return plan.convert ? await toOneFile(fetched, job.quantization, work, context) : await asResult(fetched, work);
    }
    case "localFile":
      context.meter.setShares({ fetching: 0, converting: 0.9 });
      return await toOneFile({ path: source.path, sha256: undefined }, job.quantization, work, context);
    case "checkpoint":
      return await convertSource({ ...job, source }, plan, disk, work, context);
    default:
      throw new AppError("internal", "unreachable");
  }
}

/** Every file of the plan, one after the other; the last one's checksum belongs to it alone. */
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
    const size = file.sizeBytes === undefined ? "" : ` (${formatBytes(file.sizeBytes)})`;
    context.meter.step("fetching", `Fetching ${file.localName}${size} from ${part.name}`);
    const report = progress.of(fileKey(job, part, file), file.sizeBytes !== undefined);
    ({ sha256 } = await fetchFile(context, part, file, work.partPath(job, part), report));
  }
  if (job.source.type !== "gguf") throw new AppError("internal", "not a GGUF source");
  const [first] = job.source.base.weights;
  const path = join(work.partPath(job, job.source.base), first?.localName ?? "");
  // What an earlier run fetched is hashed anew: it has lain on the disk since.
  return { path, sha256: job.source.base.weights.length === 1 ? sha256 : undefined };
}

/** A single fetched file is the result: nothing needs to be copied. */
async function asResult(fetched: ProducedWeights, work: WorkFolder): Promise<ProducedWeights> {
  await rename(fetched.path, work.resultPath);
  return { path: work.resultPath, sha256: fetched.sha256 };
}

/** Quantizes, joins or just takes over GGUF files. */
async function toOneFile(
  { path }: ProducedWeights,
  quantization: Quantization | undefined,
  work: WorkFolder,
  { meter, signal, threadCount }: InstallContext,
): Promise<ProducedWeights> {
  const onProgress = (bytesDone: number, bytesTotal: number) => meter.converted(bytesDone, bytesTotal);
  if (quantization !== undefined) {
    meter.step("converting", `Quantizing to ${quantization}`);
    await quantizeGguf(path, work.resultPath, quantization, {
      threadCount,
      signal,
      onProgress: ({ bytesWritten, sizeBytes }) => onProgress(bytesWritten, sizeBytes),
    });
  } else if (partPaths(path).length > 1) {
    meter.step("converting", "Joining the parts");
    await joinGguf(path, work.resultPath, { signal, onProgress });
  } else {
    meter.step("converting", "Copying the weights");
    await takeLocalFile(path, work.resultPath, { signal, onProgress });
  }
  await rm(`${work.resultPath}.partial`, { force: true });
  return { path: work.resultPath, sha256: undefined };
}

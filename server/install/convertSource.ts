import { rename, rm } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import { AppError } from "../platform/AppError.js";
import type { LlamaModel } from "../weights/convertToGguf.js";
import { openCheckpoint } from "../weights/openCheckpoint.js";
import { checkModel } from "./checkWeights.js";
import { fetchRange } from "./download/fetchRange.js";
import { FetchProgress } from "./FetchProgress.js";
import { fetchFile, sourceError } from "./fetchFile.js";
import { formatBytes } from "./formatBytes.js";
import type { InstallContext } from "./InstallContext.js";
import { type InstallJob, type JobSource, type RemotePart, remoteParts } from "./InstallJob.js";
import { type ConversionJournal, readJournal } from "./inspectDisk.js";
import { PartFiles } from "./PartFiles.js";
import { type DiskState, fileKey, type InstallPlan } from "./planInstall.js";
import type { ProducedWeights } from "./produceWeights.js";
import { quantizeModel } from "./quantizeModel.js";
import type { WorkFolder } from "./WorkFolder.js";

type CheckpointSource = Extract<JobSource, { type: "checkpoint" }>;

/**
 * Fetches a checkpoint and makes one GGUF file of it at the same time: while one shard is quantized the next one is fetched, and one that
 * is used up is deleted. No unquantized copy is ever written. Goes on where an earlier run got to.
 */
export async function convertSource(
  job: InstallJob & { source: CheckpointSource },
  plan: InstallPlan,
  disk: DiskState,
  work: WorkFolder,
  context: InstallContext,
): Promise<ProducedWeights> {
  const { quantization } = job;
  if (quantization === undefined) throw new AppError("internal", "A checkpoint needs a quantization.");
  const { meter } = context;
  meter.setShares({ fetching: 0.5, converting: 0.45 });
  const progress = new FetchProgress(plan, disk.partialBytes, meter);
  for (const { part, file } of plan.fetch)
    if (part.descriptions.includes(file))
      await fetchFile(context, part, file, work.partPath(job, part), () => undefined);
  const stop = new AbortController();
  const journal = await readJournal(work);
  const parts = remoteParts(job.source).map((part) =>
    openPart(part, { job, disk, work, context, progress, journal, stop }),
  );
  const signal = AbortSignal.any([context.signal, stop.signal]);
  try {
    meter.step("fetching", `Reading what ${job.source.base.name} has`);
    const model = await openModel(job, parts);
    try {
      checkModel(model.parameters, job);
      for (const part of parts) part.readWeights();
      await quantizeModel(model, work.resultPath, quantization, {
        threadCount: context.threadCount,
        resumeAfter: journal.tensorsDone,
        keepPartial: true,
        signal,
        onProgress: ({ bytesDone, bytesTotal }) => {
          if (parts.every((part) => part.complete)) meter.stepOnce("converting", `Quantizing to ${quantization}`);
          meter.converted(bytesDone, bytesTotal);
        },
        onCheckpoint: async ({ tensorsDone, partsDone }) => {
          await writeJournal(work, { tensorsDone, consumed: consumedKeys(job, partsDone) });
          await parts[0]?.release(partsDone);
        },
      });
    } finally {
      await model.source.close();
    }
  } catch (error) {
    // Why a file could not be fetched says more than that the conversion was stopped for it.
    throw context.signal.aborted ? context.signal.reason : (stop.signal.reason ?? error);
  } finally {
    stop.abort();
    for (const part of parts) await part.close();
  }
  await rename(`${work.resultPath}.partial`, work.resultPath);
  await rm(work.journalPath, { force: true });
  return { path: work.resultPath, sha256: undefined };
}

interface PartContext {
  job: InstallJob;
  disk: DiskState;
  work: WorkFolder;
  context: InstallContext;
  progress: FetchProgress;
  journal: ConversionJournal;
  stop: AbortController;
}

function openPart(part: RemotePart, { job, disk, work, context, progress, journal, stop }: PartContext): PartFiles {
  const folder = work.partPath(job, part);
  const key = (file: RemotePart["weights"][number]) => fileKey(job, part, file);
  return new PartFiles({
    name: job.name,
    part,
    folder,
    keep: job.keepSource,
    there: new Set(part.weights.filter((file) => disk.complete.has(key(file))).map((file) => file.localName)),
    firstNeeded: part.weights.filter((file) => journal.consumed.includes(key(file))).length,
    fetch: async (file) => {
      const size = file.sizeBytes === undefined ? "" : ` (${formatBytes(file.sizeBytes)})`;
      context.meter.step("fetching", `Fetching ${file.localName}${size} from ${part.name}`);
      try {
        await fetchFile(context, part, file, folder, progress.of(key(file), file.sizeBytes !== undefined));
      } catch (error) {
        stop.abort(error);
        throw error;
      }
    },
    range: async (file, offset, length) =>
      await fetchRange(
        { url: new URL(file.url), sizeBytes: file.sizeBytes, errorFor: sourceError(context, part, file) },
        offset,
        length,
        { http: context.http, signal: context.signal },
      ),
  });
}

async function openModel(job: InstallJob, [base]: readonly PartFiles[]): Promise<LlamaModel> {
  if (base === undefined) throw new AppError("internal", "A checkpoint has a base.");
  return await openCheckpoint(base, { name: job.name });
}

function consumedKeys(job: InstallJob, partsDone: number): string[] {
  const [base] = remoteParts(job.source);
  return base === undefined ? [] : base.weights.slice(0, partsDone).map((file) => fileKey(job, base, file));
}

async function writeJournal(work: WorkFolder, journal: ConversionJournal): Promise<void> {
  await writeFileAtomic(work.journalPath, JSON.stringify(journal), { mode: 0o600 });
}

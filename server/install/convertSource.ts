import { rename, rm } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import type { LlamaModel } from "../weights/convertToGguf.js";
import { checkModel } from "./checkWeights.js";
import { type ConvertModelOptions, conversionOrder, convertModel } from "./convertModel.js";
import { fetchRange } from "./download/fetchRange.js";
import { FetchProgress } from "./FetchProgress.js";
import { fetchFile, sourceError } from "./fetchFile.js";
import { formatBytes } from "./formatBytes.js";
import type { InstallContext } from "./InstallContext.js";
import { type InstallJob, type RemotePart, remoteParts } from "./InstallJob.js";
import { type ConversionJournal, readJournal } from "./inspectDisk.js";
import { openSourceModel } from "./openSourceModel.js";
import { PartFiles } from "./PartFiles.js";
import { type DiskState, fileKey, type InstallPlan } from "./planInstall.js";
import type { WorkFolder } from "./WorkFolder.js";

/** What every step of a conversion knows. */
interface Conversion {
  job: InstallJob;
  disk: DiskState;
  work: WorkFolder;
  context: InstallContext;
  journal: ConversionJournal;
}

/**
 * Fetches a source and makes one GGUF file of it at the same time: while one file is quantized the next one is fetched, and one that is
 * used up is deleted. No unquantized copy is ever written. Goes on where an earlier run got to.
 */
export async function convertSource(
  job: InstallJob,
  plan: InstallPlan,
  disk: DiskState,
  work: WorkFolder,
  context: InstallContext,
): Promise<void> {
  const { meter } = context;
  meter.setShares({ fetching: 0.5, converting: 0.45 });
  const progress = new FetchProgress(plan, disk.partialBytes, meter);
  for (const { part, file } of plan.fetch)
    if (part.descriptions.includes(file))
      await fetchFile(context, part, file, work.partPath(job, part), () => undefined);
  const conversion: Conversion = { job, disk, work, context, journal: await readJournal(work) };
  // Aborted with why a file could not be fetched: that says more than that the conversion ended for it.
  const stop = new AbortController();
  const parts = remoteParts(job.source).map((part) => openPart(part, conversion, progress, stop));
  try {
    meter.step("fetching", `Reading what ${parts[0]?.name ?? job.name} is made of`);
    const { model, tracked, sum } = await openSourceModel(job, parts, conversion.journal.sums ?? {});
    try {
      checkModel(model.parameters, job);
      for (const part of parts) part.readWeights();
      const order = conversionOrder(model, job.quantization);
      const needs = tracked.map((source) => ({ ...source, firstNeeded: firstNeededFiles(order, source.model) }));
      await convertWithJournal(model, conversion, {
        signal: AbortSignal.any([context.signal, stop.signal]),
        isFetching: () => parts.some((part) => !part.complete),
        onCheckpoint: async (tensorsDone) => {
          const consumed = needs.flatMap(({ files, firstNeeded }) =>
            files.localNames.slice(0, firstNeeded[tensorsDone] ?? 0).map((name) => `${parts.indexOf(files)}/${name}`),
          );
          const sums = sum?.of(order.slice(0, tensorsDone));
          await writeJournal(work, { tensorsDone, consumed, ...(sums === undefined ? {} : { sums }) });
          for (const { files, firstNeeded } of needs) await files.release(firstNeeded[tensorsDone] ?? 0);
        },
      });
      const expectedSum = job.source.type === "checkpoint" ? job.source.addDiff?.expectedParameterSum : undefined;
      if (expectedSum !== undefined) sum?.check(expectedSum, job.name);
    } finally {
      await model.source.close();
    }
  } catch (error) {
    throw context.signal.aborted ? context.signal.reason : (stop.signal.reason ?? error);
  } finally {
    stop.abort();
    for (const part of parts) await part.close();
  }
  await finishConversion(work);
}

/** Converts a checkpoint that lies on this disk; nothing of it is deleted. */
export async function convertLocal(
  model: LlamaModel,
  job: InstallJob,
  disk: DiskState,
  work: WorkFolder,
  context: InstallContext,
): Promise<void> {
  const journal = await readJournal(work);
  context.meter.setShares({ fetching: 0, converting: 0.95 });
  await convertWithJournal(
    model,
    { job, disk, work, context, journal },
    {
      signal: context.signal,
      isFetching: () => false,
      onCheckpoint: (tensorsDone) => writeJournal(work, { tensorsDone, consumed: [] }),
    },
  );
  await finishConversion(work);
}

async function convertWithJournal(
  model: LlamaModel,
  { job, work, context, journal }: Conversion,
  options: {
    signal: AbortSignal;
    isFetching: () => boolean;
    onCheckpoint: (tensorsDone: number) => Promise<void>;
  },
): Promise<void> {
  const { meter, threadCount } = context;
  const what = job.quantization === undefined ? "Repacking" : `Quantizing to ${job.quantization}`;
  const settings: ConvertModelOptions = {
    threadCount,
    resumeAfter: journal.tensorsDone,
    keepPartial: true,
    signal: options.signal,
    onProgress: ({ bytesDone, bytesTotal }) => {
      if (!options.isFetching()) meter.stepOnce("converting", what);
      meter.converted(bytesDone, bytesTotal);
    },
    onCheckpoint: ({ tensorsDone }) => options.onCheckpoint(tensorsDone),
  };
  await convertModel(model, work.resultPath, job.quantization, settings);
}

/** The finished file gets its name; it is on the disk already. */
async function finishConversion(work: WorkFolder): Promise<void> {
  await rename(`${work.resultPath}.partial`, work.resultPath);
  await rm(work.journalPath, { force: true });
}

async function writeJournal(work: WorkFolder, journal: ConversionJournal): Promise<void> {
  await writeFileAtomic(work.journalPath, JSON.stringify(journal), { mode: 0o600 });
}

/** By the number of tensors that are done: how many of the source's files no later tensor needs. */
function firstNeededFiles(order: readonly string[], { source }: LlamaModel): number[] {
  const parts = order.map((name) => source.tensors.get(name)?.part);
  const last = Math.max(0, ...parts.map((part) => part ?? 0));
  const needed = [...parts.map((part) => part ?? last + 1), last + 1];
  for (let index = needed.length - 2; index >= 0; index--)
    needed[index] = Math.min(needed[index] ?? 0, needed[index + 1] ?? 0);
  return needed;
}

function openPart(
  part: RemotePart,
  { job, disk, work, context, journal }: Conversion,
  progress: FetchProgress,
  stop: AbortController,
): PartFiles {
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

import { rename, rm } from "node:fs/promises";
import { AppError } from "../platform/AppError.js";
import type { InstallActivity } from "../protocol/install.js";
import type { LlamaModel } from "../weights/convertToGguf.js";
import type { TensorSource } from "../weights/TensorSource.js";
import { checkModel } from "./checkWeights.js";
import { type ConvertModelOptions, conversionOrder, convertModel } from "./convertModel.js";
import { fetchRange } from "./download/fetchRange.js";
import { ReplacedError } from "./download/ReplacedError.js";
import { FetchProgress } from "./FetchProgress.js";
import { fetchFile, fetching, sourceError } from "./fetchFile.js";
import type { InstallContext } from "./InstallContext.js";
import { type InstallJob, type RemotePart, remoteParts } from "./InstallJob.js";
import { type ConversionJournal, readJournal } from "./inspectDisk.js";
import { JournalKeeper } from "./JournalKeeper.js";
import { joinGguf, openSplitGguf, type SplitGguf } from "./joinGguf.js";
import { openSourceModel } from "./openSourceModel.js";
import type { ParameterSum } from "./ParameterSum.js";
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
      await fetchFile(
        context,
        part,
        file,
        work.partPath(job, part),
        progress.of(fileKey(job, part, file), file.sizeBytes !== undefined),
      );
  // Aborted with why a file could not be fetched: that says more than that the conversion ended for it.
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const journal = await readJournal(work);
  const conversion: Conversion = { job, disk, work, context: { ...context, signal }, journal };
  const keeper: { current?: JournalKeeper } = {};
  const parts = remoteParts(job.source).map((part) => openPart(part, conversion, progress, stop, keeper));
  const journalKeeper = new JournalKeeper(work, parts, journal);
  keeper.current = journalKeeper;
  try {
    meter.step("fetching", { code: "describing", source: parts[0]?.name ?? job.name });
    const opened = await open(conversion, parts);
    try {
      journalKeeper.begin(opened);
      await refuseVanished(journalKeeper, conversion, parts);
      for (const part of parts) part.readWeights();
      await writeWithJournal(opened.write, conversion, {
        resumeAfter: journalKeeper.tensorsDone,
        isFetching: () => parts.some((part) => !part.complete),
        onCheckpoint: (tensorsDone) => journalKeeper.record(tensorsDone),
      });
      for (const part of parts) await part.settle();
      const expectedSum = job.source.type === "checkpoint" ? job.source.addDiff?.expectedParameterSum : undefined;
      if (expectedSum !== undefined) opened.sum?.check(expectedSum, job.name);
    } finally {
      await opened.close();
    }
  } catch (error) {
    throw context.signal.aborted ? context.signal.reason : (stop.signal.reason ?? unchecked(error, parts));
  } finally {
    stop.abort();
    for (const part of parts) await part.close();
  }
  await finishConversion(work);
}

/**
 * Tensors that are done were made of bytes whose checksum is still to be compared. If those have gone since, what comes in their place
 * may be something else: the tensors are made anew.
 */
async function refuseVanished(
  journal: JournalKeeper,
  { job, disk }: Conversion,
  parts: readonly PartFiles[],
): Promise<void> {
  for (const [index, part] of remoteParts(job.source).entries())
    for (const [at, file] of part.weights.entries()) {
      const files = parts[index];
      const key = fileKey(job, part, file);
      const there = disk.complete.has(key) || disk.consumed.has(key) || (disk.partialBytes.get(key) ?? 0) > 0;
      if (files === undefined || there || !journal.uses(files, at)) continue;
      await journal.rewind(files, at);
      throw new ReplacedError(file.localName);
    }
}

/** A value that is no number may be the fault of the way here too, as long as the file is not whole. */
function unchecked(error: unknown, parts: readonly PartFiles[]): unknown {
  if (!(error instanceof AppError) || error.code !== "weights_not_finite") return error;
  if (parts.every((part) => part.complete)) return error;
  return new AppError(error.code, error.message, {
    hint: "Start again, in case the download was damaged. If it happens again, the weights are: choose another source.",
    cause: error,
  });
}

/** Settings that every way of writing the result takes. */
type WriteSettings = Omit<ConvertModelOptions, "threadCount">;

/** A source, opened: its tensors in the order in which they are written, the files they come from, and how they are written. */
interface Opened {
  order: string[];
  tracked: { files: PartFiles; source: TensorSource }[];
  sum: ParameterSum | undefined;
  write: (settings: WriteSettings) => Promise<unknown>;
  close: () => Promise<void>;
}

async function open({ job, work, context, journal }: Conversion, parts: readonly PartFiles[]): Promise<Opened> {
  const [base] = parts;
  if (job.source.type === "gguf" && base !== undefined) {
    const split = await openSplitGguf(base, base.localNames);
    return {
      order: [...split.source.tensors.keys()],
      tracked: [{ files: base, source: split.source }],
      sum: undefined,
      write: (settings) => joinGguf(split, work.resultPath, settings),
      close: () => split.source.close(),
    };
  }
  const { model, tracked, sum } = await openSourceModel(job, parts, journal.sums ?? {});
  const close = () => model.source.close();
  try {
    checkModel(model.parameters, job);
    return {
      order: conversionOrder(model, job.quantization),
      tracked,
      sum,
      write: converting(model, job, work, context),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function converting(
  model: LlamaModel,
  { quantization }: InstallJob,
  work: WorkFolder,
  { threadCount }: InstallContext,
): Opened["write"] {
  return (settings) =>
    convertModel(model, work.resultPath, quantization, { ...settings, threadCount, keepPartial: true });
}

/** Converts a checkpoint that lies on this disk; nothing of it is deleted. */
export async function convertLocal(
  source: LlamaModel | SplitGguf,
  job: InstallJob,
  disk: DiskState,
  work: WorkFolder,
  context: InstallContext,
): Promise<void> {
  const journal = await readJournal(work);
  const keeper = new JournalKeeper(work, [], journal);
  context.meter.setShares({ fetching: 0, converting: 0.95 });
  const write =
    "parameters" in source
      ? converting(source, job, work, context)
      : (settings: WriteSettings) => joinGguf(source, work.resultPath, settings);
  await writeWithJournal(
    write,
    { job, disk, work, context, journal },
    {
      resumeAfter: journal.tensorsDone,
      isFetching: () => false,
      onCheckpoint: (tensorsDone) => keeper.record(tensorsDone),
    },
  );
  await finishConversion(work);
}

async function writeWithJournal(
  write: Opened["write"],
  { job, context }: Conversion,
  options: {
    resumeAfter: number;
    isFetching: () => boolean;
    onCheckpoint: (tensorsDone: number) => Promise<void>;
  },
): Promise<void> {
  const { meter } = context;
  const { quantization } = job;
  const what: InstallActivity =
    quantization === undefined
      ? { code: job.source.type === "gguf" ? "joining" : "repacking" }
      : { code: "quantizing", quantization };
  await write({
    resumeAfter: options.resumeAfter,
    signal: context.signal,
    onProgress: ({ bytesDone, bytesTotal }) => {
      if (!options.isFetching()) meter.stepOnce("converting", what);
      meter.converted(bytesDone, bytesTotal);
    },
    onCheckpoint: ({ tensorsDone }) => options.onCheckpoint(tensorsDone),
  });
}

/** The finished file gets its name; it is on the disk already. */
async function finishConversion(work: WorkFolder): Promise<void> {
  await rename(`${work.resultPath}.partial`, work.resultPath);
  await rm(work.journalPath, { force: true });
}

function openPart(
  part: RemotePart,
  { job, disk, work, context, journal }: Conversion,
  progress: FetchProgress,
  stop: AbortController,
  keeper: { current?: JournalKeeper },
): PartFiles {
  const folder = work.partPath(job, part);
  const key = (file: RemotePart["weights"][number]) => fileKey(job, part, file);
  const files = new PartFiles({
    name: job.name,
    part,
    folder,
    keep: job.keepSource,
    there: new Set(part.weights.filter((file) => disk.complete.has(key(file))).map((file) => file.localName)),
    firstNeeded: part.weights.filter((file) => journal.consumed.includes(key(file))).length,
    fetch: async (file, growing) => {
      context.meter.step("fetching", fetching(part, file));
      try {
        await fetchFile(context, part, file, folder, progress.of(key(file), file.sizeBytes !== undefined), growing);
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
    dropping: async (index, touched) => {
      const used = touched || keeper.current?.uses(files, index) === true;
      if (used) await keeper.current?.rewind(files, index);
      return used;
    },
  });
  return files;
}

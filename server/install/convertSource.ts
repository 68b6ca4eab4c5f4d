import { rename, rm } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import type { LlamaModel } from "../weights/convertToGguf.js";
import type { TensorSource } from "../weights/TensorSource.js";
import { checkModel } from "./checkWeights.js";
import { type ConvertModelOptions, conversionOrder, convertModel } from "./convertModel.js";
import { fetchRange } from "./download/fetchRange.js";
import { FetchProgress } from "./FetchProgress.js";
import { fetchFile, sourceError } from "./fetchFile.js";
import { formatBytes } from "./formatBytes.js";
import type { InstallContext } from "./InstallContext.js";
import { type InstallJob, type RemotePart, remoteParts } from "./InstallJob.js";
import { type ConversionJournal, readJournal } from "./inspectDisk.js";
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
      await fetchFile(context, part, file, work.partPath(job, part), () => undefined);
  const conversion: Conversion = { job, disk, work, context, journal: await readJournal(work) };
  // Aborted with why a file could not be fetched: that says more than that the conversion ended for it.
  const stop = new AbortController();
  const parts = remoteParts(job.source).map((part) => openPart(part, conversion, progress, stop));
  try {
    meter.step("fetching", `Reading what ${parts[0]?.name ?? job.name} is made of`);
    const { order, tracked, sum, write, close } = await open(conversion, parts);
    try {
      for (const part of parts) part.readWeights();
      const needs = tracked.map(({ files, source }) => ({ files, firstNeeded: firstNeededFiles(order, source) }));
      await writeWithJournal(write, conversion, {
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
      await close();
    }
  } catch (error) {
    throw context.signal.aborted ? context.signal.reason : (stop.signal.reason ?? error);
  } finally {
    stop.abort();
    for (const part of parts) await part.close();
  }
  await finishConversion(work);
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
  context.meter.setShares({ fetching: 0, converting: 0.95 });
  const write =
    "parameters" in source
      ? converting(source, job, work, context)
      : (settings: WriteSettings) => joinGguf(source, work.resultPath, settings);
  await writeWithJournal(
    write,
    { job, disk, work, context, journal },
    {
      signal: context.signal,
      isFetching: () => false,
      onCheckpoint: (tensorsDone) => writeJournal(work, { tensorsDone, consumed: [] }),
    },
  );
  await finishConversion(work);
}

async function writeWithJournal(
  write: Opened["write"],
  { job, context, journal }: Conversion,
  options: {
    signal: AbortSignal;
    isFetching: () => boolean;
    onCheckpoint: (tensorsDone: number) => Promise<void>;
  },
): Promise<void> {
  const { meter } = context;
  const repacking = job.source.type === "gguf" ? "Joining the parts" : "Repacking";
  const what = job.quantization === undefined ? repacking : `Quantizing to ${job.quantization}`;
  await write({
    resumeAfter: journal.tensorsDone,
    signal: options.signal,
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

async function writeJournal(work: WorkFolder, journal: ConversionJournal): Promise<void> {
  await writeFileAtomic(work.journalPath, JSON.stringify(journal), { mode: 0o600 });
}

/** By the number of tensors that are done: how many of the source's files no later tensor needs. */
function firstNeededFiles(order: readonly string[], source: TensorSource): number[] {
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

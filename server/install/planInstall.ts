import type { Manifest } from "../models/manifest.js";
import { type InstallJob, type RemotePart, remoteParts, type SourceFile } from "./InstallJob.js";

/** What an earlier run left, as far as it can be used. Files are named by {@link fileKey}. */
export interface DiskState {
  /** What is installed under the job's name and whole. */
  installed: Manifest | undefined;
  /** Fetched and checked. */
  complete: ReadonlySet<string>;
  /** Bytes that are there of half-fetched files. */
  partialBytes: ReadonlyMap<string, number>;
  /** Used up by the conversion and deleted. */
  consumed: ReadonlySet<string>;
  /** Bytes of the finished weights that are written. */
  convertedBytes: number;
  /** The finished weights are there, whole. */
  finished: boolean;
  /** All that the work folder takes on the disk. */
  usedBytes: number;
}

export interface PlannedFetch {
  part: RemotePart;
  file: SourceFile;
}

/** What is still to be done. */
export interface InstallPlan {
  /** Nothing: this very model is installed. */
  done: boolean;
  /** In the order in which they are needed. */
  fetch: PlannedFetch[];
  /** The weights must be converted, quantized or joined. */
  convert: boolean;
  /** Bytes of all remote files, and of those that were fetched before. */
  fetchTotalBytes: number;
  fetchedBytes: number;
  /** Disk that is needed beyond what the work folder takes now, at the worst moment. */
  neededDiskBytes: number;
}

/** Names one file of a job: two parts may have files of the same name. */
export function fileKey(job: InstallJob, part: RemotePart, file: SourceFile): string {
  return `${remoteParts(job.source).indexOf(part)}/${file.localName}`;
}

/** Whether the files that are fetched are not the finished weights yet. */
export function needsConversion(job: InstallJob): boolean {
  const { source } = job;
  if (source.type === "gguf") return job.quantization !== undefined || source.base.weights.length > 1;
  return source.type !== "localFile" || job.quantization !== undefined;
}

/** The steps that are missing between what is on the disk and the installed model. Pure. */
export function planInstall(job: InstallJob, disk: DiskState): InstallPlan {
  const convert = needsConversion(job);
  const parts = remoteParts(job.source);
  const files = parts.flatMap((part) => [...part.descriptions, ...part.weights].map((file) => ({ part, file })));
  const bytesOf = (list: readonly PlannedFetch[]) => list.reduce((sum, { file }) => sum + (file.sizeBytes ?? 0), 0);
  const done = disk.installed !== undefined && isWhatIsWanted(disk.installed, job);
  const isThere = ({ part, file }: PlannedFetch) => {
    const key = fileKey(job, part, file);
    return disk.complete.has(key) || disk.consumed.has(key);
  };
  const fetch = done || disk.finished ? [] : files.filter((planned) => !isThere(planned));
  const fetchTotalBytes = bytesOf(files);
  const missingBytes = fetch.reduce(
    (sum, { part, file }) => sum + (file.sizeBytes ?? 0) - (disk.partialBytes.get(fileKey(job, part, file)) ?? 0),
    0,
  );
  const worstBytes = convert ? job.resultBytes + bytesInFlight(job, parts) : fetchTotalBytes;
  return {
    done,
    fetch,
    convert: convert && !disk.finished && !done,
    fetchTotalBytes,
    fetchedBytes: fetchTotalBytes - missingBytes,
    neededDiskBytes: done || disk.finished ? 0 : Math.max(0, worstBytes - disk.usedBytes),
  };
}

/** Source files that lie on the disk at the same time at the worst moment: per part the one in use and the next, or all that are kept. */
function bytesInFlight(job: InstallJob, parts: readonly RemotePart[]): number {
  const sizes = (part: RemotePart) => part.weights.map((file) => file.sizeBytes ?? 0).sort((a, b) => b - a);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  // Every tensor is cut over all of Meta's shards; GGUF is quantized when all of it is there.
  const inPieces = parts[0]?.weights.some((file) => file.localName.endsWith(".pth")) === true;
  const whole = job.source.type === "gguf" && job.quantization !== undefined;
  if (job.keepSource || inPieces || whole) return sum(parts.flatMap(sizes));
  const [base, ...others] = parts;
  if (base === undefined) return 0;
  return sum(sizes(base).slice(0, 2)) + sum(others.map((part) => sizes(part)[0] ?? 0));
}

/** Whether what is installed was made of the same bytes in the same way. */
function isWhatIsWanted(installed: Manifest, job: InstallJob): boolean {
  if (installed.id !== job.modelId || installed.requestedQuantization !== job.quantization) return false;
  const parts = remoteParts(job.source);
  if (parts.length === 0 || parts.length !== installed.sources.length) return false;
  return parts.every((part, index) => {
    const source = installed.sources[index];
    const wanted = part.weights.map((file) => file.sha256 ?? file.gitBlobId);
    const had = part.weights.map((file) => source?.files.find((other) => other.path === file.path)?.sha256);
    return source?.name === part.name && wanted.every((checksum, at) => checksum !== undefined && checksum === had[at]);
  });
}

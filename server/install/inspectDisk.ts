import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Manifest, manifestFileName, manifestSchema } from "../models/manifest.js";
import { loadDownloadState, partialPath } from "./download/DownloadState.js";
import { type InstallJob, remoteParts } from "./InstallJob.js";
import { type DiskState, fileKey } from "./planInstall.js";
import type { WorkFolder } from "./WorkFolder.js";

/** How far a conversion got: what is on the disk for certain, and which source files it needs no more. */
export const conversionJournalSchema = z.object({
  tensorsDone: z.int().min(0),
  consumed: z.array(z.string()),
  /** Sums of the values of tensors that are done, where upstream published one of all. */
  sums: z.record(z.string(), z.number()).optional(),
});
export type ConversionJournal = z.infer<typeof conversionJournalSchema>;

export async function readJournal(work: WorkFolder): Promise<ConversionJournal> {
  try {
    return conversionJournalSchema.parse(JSON.parse(await readFile(work.journalPath, "utf8")));
  } catch {
    return { tensorsDone: 0, consumed: [] };
  }
}

/** What earlier runs left of `job`. */
export async function inspectDisk(work: WorkFolder, job: InstallJob): Promise<DiskState> {
  const complete = new Set<string>();
  const partialBytes = new Map<string, number>();
  for (const part of remoteParts(job.source))
    for (const file of [...part.descriptions, ...part.weights]) {
      const path = join(work.partPath(job, part), file.localName);
      const key = fileKey(job, part, file);
      // A file gets its name only after its checksum was found right.
      if ((await fileSize(path)) !== undefined) complete.add(key);
      else {
        const state = await loadDownloadState(path, file.sha256 ?? file.gitBlobId ?? file.url, file.sizeBytes);
        if (state !== undefined) partialBytes.set(key, state.done.totalBytes);
      }
    }
  const journal = await readJournal(work);
  const convertedBytes = (await fileSize(partialPath(work.resultPath))) ?? 0;
  return {
    installed: await readInstalled(work.modelPath),
    complete,
    partialBytes,
    // Without the bytes that were made of them they must be fetched again.
    consumed: new Set(convertedBytes > 0 || (await fileSize(work.resultPath)) !== undefined ? journal.consumed : []),
    convertedBytes,
    finished: (await fileSize(work.resultPath)) !== undefined,
    usedBytes: await work.usedBytes(),
  };
}

/** The manifest of what is installed, if its weights are there in full size. */
export async function readInstalled(modelPath: string): Promise<Manifest | undefined> {
  try {
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(modelPath, manifestFileName), "utf8")));
    return (await fileSize(join(modelPath, manifest.file))) === manifest.sizeBytes ? manifest : undefined;
  } catch {
    return undefined;
  }
}

async function fileSize(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? found.size : undefined;
}

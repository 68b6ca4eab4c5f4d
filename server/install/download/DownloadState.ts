import { readFile, rm, stat } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { RangeSet } from "./RangeSet.js";

const stateSchema = z.object({
  stateVersion: z.literal(1),
  /** What is being fetched: another source's bytes must never be joined with these. */
  identity: z.string(),
  sizeBytes: z.int().min(0),
  etag: z.string().optional(),
  done: z.array(z.object({ start: z.int().min(0), end: z.int().min(1) })).max(100_000),
});

/** What lies on the disk of an unfinished download. It is written after the bytes it speaks of. */
export interface DownloadState {
  identity: string;
  sizeBytes: number;
  etag: string | undefined;
  done: RangeSet;
}

export const partialPath = (path: string): string => `${path}.partial`;
const statePath = (path: string): string => `${path}.partial.json`;

/** The state beside `path`, if there is one and it fits what is asked for and what lies there. */
export async function loadDownloadState(
  path: string,
  identity: string,
  sizeBytes: number | undefined,
): Promise<DownloadState | undefined> {
  try {
    const state = stateSchema.parse(JSON.parse(await readFile(statePath(path), "utf8")));
    const { size } = await stat(partialPath(path));
    const fits = state.identity === identity && size === state.sizeBytes && (sizeBytes ?? size) === size;
    if (!fits || state.done.some(({ start, end }) => end <= start || end > state.sizeBytes)) return undefined;
    return { identity, sizeBytes: state.sizeBytes, etag: state.etag, done: new RangeSet(state.done) };
  } catch {
    return undefined;
  }
}

/** Puts the state on disk whole or not at all. `done` is given because it may have grown since the bytes were flushed. */
export async function saveDownloadState(path: string, state: DownloadState, done = state.done.ranges): Promise<void> {
  const { identity, sizeBytes, etag } = state;
  const json = { stateVersion: 1, identity, sizeBytes, ...(etag === undefined ? {} : { etag }), done };
  await writeFileAtomic(statePath(path), JSON.stringify(json), { mode: 0o600 });
}

/** Forgets an unfinished download. */
export async function removeDownload(path: string): Promise<void> {
  await rm(statePath(path), { force: true });
  await rm(partialPath(path), { force: true });
}

/** Forgets the state only, once the file is finished and has its name. */
export async function removeDownloadState(path: string): Promise<void> {
  await rm(statePath(path), { force: true });
}

import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { AppError } from "../platform/AppError.js";
import { openFileBytes, type RandomBytes } from "./RandomBytes.js";

/** A folder of a checkpoint: on disk, or one whose files are still being fetched. */
export interface CheckpointFiles {
  /** The folder's own name: what the model is called when nothing else says it. */
  readonly name: string;
  /** Names of the files, without sub-folders. */
  readonly fileNames: ReadonlySet<string>;
  /** `name` is one of `fileNames`. The caller closes what it gets. */
  open(name: string): Promise<RandomBytes>;
}

/** Meta's downloads have one tokenizer for the folders of all sizes. */
const sharedName = "tokenizer.model";

/**
 * A folder on disk. A `tokenizer.model` beside the folder counts as one in it
 * when there is no tokenizer inside. Throws `weights_unreadable`.
 */
export async function openLocalFiles(folder: string): Promise<CheckpointFiles> {
  const name = basename(resolve(folder));
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const fileNames = new Set<string>();
    for (const entry of entries) {
      // A hub cache has links to its blobs.
      const isFile = entry.isSymbolicLink()
        ? (await stat(join(folder, entry.name)).catch(() => undefined))?.isFile()
        : entry.isFile();
      if (isFile === true) fileNames.add(entry.name);
    }
    const outside =
      !fileNames.has(sharedName) &&
      !fileNames.has("tokenizer.json") &&
      (await stat(join(folder, "..", sharedName)).catch(() => undefined))?.isFile();
    if (outside === true) fileNames.add(sharedName);
    const pathOf = (file: string) => join(folder, ...(outside === true && file === sharedName ? [".."] : []), file);
    return { name, fileNames, open: (file) => openFileBytes(pathOf(file)) };
  } catch (error) {
    throw new AppError("weights_unreadable", `The folder "${name}" could not be read.`, {
      hint: "Check the path: name the folder that has the checkpoint's files in it.",
      cause: error,
    });
  }
}

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../platform/AppError.js";
import { openLocalFiles } from "../weights/CheckpointFiles.js";
import type { LlamaModel } from "../weights/convertToGguf.js";
import { detectCheckpoint } from "../weights/detectCheckpoint.js";
import { partPaths } from "../weights/gguf/readGgufIndex.js";
import { openCheckpoint } from "../weights/openCheckpoint.js";
import { openFileBytes } from "../weights/RandomBytes.js";

/** What lies at a path of this disk: GGUF files, by the first one's path, or a checkpoint of any other form. */
export type LocalSource = { type: "gguf"; path: string } | { type: "model"; model: LlamaModel };

/** Throws `install_source_invalid`, and what `openCheckpoint` throws. */
export async function openLocalSource(path: string, name: string): Promise<LocalSource> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    throw new AppError("install_source_invalid", `There is no file or folder ${path}.`, { hint: "Check the path." });
  if (found.isFile()) {
    if (await isGguf(path)) return { type: "gguf", path };
    return { type: "model", model: await openCheckpoint(path, { name }) };
  }
  const files = await openLocalFiles(path);
  const detected = detectCheckpoint(files);
  if (detected.format !== "gguf") return { type: "model", model: await openCheckpoint(files, { name }) };
  // The parts of a split model have one first part.
  const models = new Set(detected.fileNames.map((file) => partPaths(join(path, file))[0] ?? file));
  const [only, another] = models;
  if (only !== undefined && another === undefined) return { type: "gguf", path: only };
  throw new AppError("install_source_invalid", `${path} has several GGUF models.`, {
    hint: `Name one of the files: ${detected.fileNames.slice(0, 5).join(", ")}${detected.fileNames.length > 5 ? ", …" : ""}`,
  });
}

async function isGguf(path: string): Promise<boolean> {
  const file = await openFileBytes(path);
  try {
    return file.sizeBytes >= 4 && Buffer.from(await file.read(0, 4)).toString("latin1") === "GGUF";
  } finally {
    await file.close();
  }
}

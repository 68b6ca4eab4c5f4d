import { rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { manifestFileName } from "../models/manifest.js";
import { lockModel } from "./InstallLock.js";
import { WorkFolder } from "./WorkFolder.js";

/**
 * Deletes an installed model and what an unfinished install of it left. The manifest goes first: a half-deleted model is none.
 * Throws `bad_request`, `install_busy`.
 */
export async function removeModel(modelsPath: string, modelId: string): Promise<void> {
  const work = new WorkFolder(modelsPath, modelId);
  const release = await lockModel(work.modelPath);
  try {
    await rm(join(work.modelPath, manifestFileName), { force: true });
    await rm(work.modelPath, { recursive: true, force: true });
    await work.remove();
  } finally {
    await release();
  }
  // The family's folder, unless another model is in it.
  await rmdir(dirname(work.modelPath)).catch(() => undefined);
}

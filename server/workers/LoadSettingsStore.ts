import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { makeFolder } from "../platform/makeFolder.js";
import { type LoadSettings, loadSettingsSchema } from "../protocol/loadSettings.js";

/** What was chosen for each model, one small file each. */
export class LoadSettingsStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Nothing chosen where there is no file of ours. */
  async read(modelId: string): Promise<LoadSettings> {
    try {
      return loadSettingsSchema.parse(JSON.parse(await readFile(this.#path(modelId), "utf8")));
    } catch {
      // Not there, or not ours: the model is held as one for which nothing was chosen.
      return {};
    }
  }

  /** Replaces what was chosen. */
  async write(modelId: string, settings: LoadSettings): Promise<void> {
    const path = this.#path(modelId);
    if (Object.keys(settings).length === 0) return rm(path, { force: true });
    await makeFolder(this.#folder);
    await writeFileAtomic(path, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
  }

  #path(modelId: string): string {
    return join(this.#folder, `${modelId}.json`);
  }
}

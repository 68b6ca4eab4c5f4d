import { readFile, rm, stat } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { usableCores } from "../../platform/freeCores.js";
import { makeFolder } from "../../platform/makeFolder.js";
import type { PoolModel } from "../WorkerPool.js";
import { type Tuning, tuningSchema } from "./Tuning.js";

/** What a tuning has to match to count. */
export type TuningSubject = Pick<Tuning, "weights" | "machine">;

/** This machine and the model's weights as they are now. */
export async function tuningSubject(model: Pick<PoolModel, "weightsPath">): Promise<TuningSubject> {
  const { size, mtimeMs } = await stat(model.weightsPath);
  return {
    weights: { sizeBytes: size, modifiedMs: mtimeMs },
    machine: { processor: cpus()[0]?.model ?? "", cores: usableCores() },
  };
}

/** What was measured for each model, one small file each. */
export class TuningStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The model's tuning; undefined where there is none that fits these weights and this machine. */
  async read(model: Pick<PoolModel, "id" | "weightsPath">): Promise<Tuning | undefined> {
    try {
      const tuning = tuningSchema.parse(JSON.parse(await readFile(this.#path(model.id), "utf8")));
      const { weights, machine } = await tuningSubject(model);
      const fits =
        tuning.weights.sizeBytes === weights.sizeBytes &&
        tuning.weights.modifiedMs === weights.modifiedMs &&
        tuning.machine.processor === machine.processor &&
        tuning.machine.cores === machine.cores;
      return fits ? tuning : undefined;
    } catch {
      // Not there, or not ours: the model is held as one that was never measured.
      return undefined;
    }
  }

  async write(tuning: Tuning): Promise<void> {
    await makeFolder(this.#folder);
    // Two that are written at once have files of their own until one after the other takes the place.
    await writeFileAtomic(this.#path(tuning.modelId), `${JSON.stringify(tuning, null, 2)}\n`, { mode: 0o600 });
  }

  async forget(modelId: string): Promise<void> {
    await rm(this.#path(modelId), { force: true });
  }

  #path(modelId: string): string {
    return join(this.#folder, `${modelId}.json`);
  }
}

import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeRandomCheckpoint } from "../test/writeRandomCheckpoint.js";
import { randomModelShapes, writeRandomModel } from "../test/writeRandomModel.js";
import { modelCachePath, type RandomModelSize } from "./benchModels.js";

/** A random model as an F16 GGUF file; made once and kept beside the others. */
export function randomF16Model(size: RandomModelSize): Promise<string> {
  return once(`random-${size}-f16.gguf`, (path) => writeRandomModel(path, randomModelShapes[size], { type: "F16" }));
}

/** A random model as the hub has them: a folder of sharded safetensors. */
export function randomCheckpoint(size: RandomModelSize): Promise<string> {
  return once(`random-${size}-checkpoint`, (path) => writeRandomCheckpoint(path, randomModelShapes[size]));
}

async function once(name: string, make: (path: string) => Promise<void>): Promise<string> {
  const path = join(modelCachePath, name);
  if ((await stat(path).catch(() => undefined)) !== undefined) return path;
  await mkdir(modelCachePath, { recursive: true });
  const unfinished = `${path}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await make(unfinished);
  await rename(unfinished, path);
  return path;
}

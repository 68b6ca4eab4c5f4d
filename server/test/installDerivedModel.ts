import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Manifest, manifestSchema } from "../models/manifest.js";
import { packagePath } from "../platform/paths.js";
import { deriveModel, type ModelChange } from "./deriveModel.js";

const demoFolder = join(packagePath, "models", "demo");

/** Installs `test.<name>`, which is made from the model that ships; returns where its weights are. */
export async function installDerivedModel(homePath: string, name: string, change: ModelChange): Promise<string> {
  const path = join(homePath, "models", "test", name, "weights.gguf");
  await mkdir(dirname(path), { recursive: true });
  await deriveModel(join(demoFolder, "demo-q8_0.gguf"), path, change);
  const demo = manifestSchema.parse(JSON.parse(await readFile(join(demoFolder, "model.json"), "utf8")));
  const manifest: Manifest = {
    ...demo,
    id: `test.${name}`,
    name,
    file: "weights.gguf",
    sizeBytes: (await stat(path)).size,
  };
  await writeFile(join(dirname(path), "model.json"), JSON.stringify(manifest));
  return path;
}

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Manifest, manifestFileName, manifestSchema } from "./manifest.js";

/** The manifest in a model's folder. Throws what reading and parsing it throws. */
export async function readManifest(folderPath: string): Promise<Manifest> {
  return manifestSchema.parse(JSON.parse(await readFile(join(folderPath, manifestFileName), "utf8")));
}

import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Manifest } from "../models/manifest.js";
import { randomModelShapes, writeRandomModel } from "./writeRandomModel.js";

/** The model that {@link installRandomModel} installs. */
export const randomModelId = "random.long";

/** Where its weights lie in a home. */
export const randomModelPath = (homePath: string) => join(homePath, "models", "random", "long", "random.gguf");

/**
 * Installs a model whose replies take seconds, so that something can happen in the middle of one on the fastest and on the busiest
 * machine: random weights of 6 million parameters and a context of 4,096 tokens.
 */
export async function installRandomModel(homePath: string): Promise<void> {
  const path = randomModelPath(homePath);
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  await writeRandomModel(path, { ...randomModelShapes["15M"], vocabularySize: 2000, contextTokens: 4096 });
  const bytes = await readFile(path);
  const manifest: Manifest = {
    manifestVersion: 1,
    id: randomModelId,
    name: "Random",
    kind: "completion",
    promptFormat: "raw",
    file: "random.gguf",
    sizeBytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    quantization: "F16",
    contextTokens: 4096,
    sources: [{ name: "random", files: [{ path: "random.gguf", sizeBytes: bytes.length }] }],
    installedAt: new Date(0).toISOString(),
    tool: { name: "cria", version: "0.1.0" },
  };
  await writeFile(join(folder, "model.json"), JSON.stringify(manifest));
}

import { createHash } from "node:crypto";
import { copyFile, link, mkdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { Manifest } from "../models/manifest.js";
import { packagePath } from "../platform/paths.js";
import { version } from "../platform/version.js";
import { deriveModel, type ModelChange } from "../test/deriveModel.js";
import { randomModelShapes, writeRandomModel } from "../test/writeRandomModel.js";
import { readGgufIndex } from "../weights/gguf/readGgufIndex.js";
import { readModelSummary } from "../weights/gguf/readModelSummary.js";

/** Weights to measure with. */
export interface BenchModel {
  /** How the report calls it. */
  name: string;
  /** Its id at Cria once it is installed. */
  id: string;
  weightsPath: string;
  /** How many tokens a word of a prompt made by `makePrompt` has. */
  tokensPerWord: number;
}

/** Sizes that can be made on the fly. */
export const randomModelSizes = ["tiny", "15M", "110M", "1.1B"] as const;
export type RandomModelSize = (typeof randomModelSizes)[number];

/** Long enough for every scenario; random weights do not care what they were trained for. */
const contextTokens = 16_384;

/** Random models are made once and kept under the system's temporary folder. */
export const modelCachePath = join(tmpdir(), "cria-bench-models");

/** A model of that shape with random Q4_0 weights: as fast as a trained one, and with nothing to say. */
export async function randomModel(size: RandomModelSize): Promise<BenchModel> {
  const weightsPath = join(modelCachePath, `random-${size}-q4_0-${contextTokens}-text.gguf`);
  await mkdir(modelCachePath, { recursive: true });
  const there = await stat(weightsPath).catch(() => undefined);
  if (there === undefined)
    await writeRandomModel(
      weightsPath,
      { ...randomModelShapes[size], contextTokens },
      { type: "Q4_0", plainText: true },
    );
  return { name: size, id: `bench.${size}`, weightsPath, tokensPerWord: 1 };
}

/** The model that ships, taken for any model. Its words are tokens of a trained vocabulary, about four to a made-up word. */
export function demoModel(): BenchModel {
  return {
    name: "demo",
    id: "bench.demo",
    weightsPath: join(packagePath, "models", "demo", "demo-q8_0.gguf"),
    tokensPerWord: 4,
  };
}

/** The model that ships, changed in a way that `name` tells. */
export async function derivedModel(name: string, change: ModelChange): Promise<BenchModel> {
  const demo = demoModel();
  const weightsPath = join(modelCachePath, `demo-${name}-${Object.entries(change).flat().join("-")}.gguf`);
  await mkdir(modelCachePath, { recursive: true });
  const there = await stat(weightsPath).catch(() => undefined);
  if (there === undefined) await deriveModel(demo.weightsPath, weightsPath, change);
  return { ...demo, name, id: `bench.${name}`, weightsPath };
}

/** A file that the user named. */
export function givenModel(path: string): BenchModel {
  const name = basename(path).replace(/\.gguf$/i, "");
  return { name, id: "bench.given", weightsPath: resolve(path), tokensPerWord: 4 };
}

/** Makes the model one of the home's, without a second copy where the file system can link. */
export async function installModel(homePath: string, model: BenchModel, maxTokens = 64): Promise<void> {
  const folder = join(homePath, "models", "bench", model.id.replace(/^bench\./, ""));
  await mkdir(folder, { recursive: true });
  const target = join(folder, "weights.gguf");
  await rm(target, { force: true });
  await link(model.weightsPath, target).catch(() => copyFile(model.weightsPath, target));
  const { size } = await stat(target);
  const summary = readModelSummary(await readGgufIndex(target));
  const manifest: Manifest = {
    manifestVersion: 1,
    id: model.id,
    name: model.name,
    kind: "completion",
    promptFormat: "raw",
    file: "weights.gguf",
    sizeBytes: size,
    // Nobody checks it here, and reading gigabytes would only warm the disk's cache.
    sha256: createHash("sha256").update(model.name).digest("hex"),
    quantization: summary.quantization ?? "unknown",
    contextTokens: summary.contextTokens,
    // What the page asks for: the same work as everyone else.
    samplingDefaults: { temperature: 0, repeatPenalty: 1, ignoreEos: true, maxTokens },
    sources: [{ name: model.name, files: [] }],
    installedAt: new Date().toISOString(),
    tool: { name: "cria", version },
  };
  await writeFile(join(folder, "model.json"), JSON.stringify(manifest, undefined, 2));
}

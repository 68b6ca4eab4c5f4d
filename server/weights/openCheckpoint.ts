import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { AppError } from "../platform/AppError.js";
import { type CheckpointFiles, openLocalFiles } from "./CheckpointFiles.js";
import type { LlamaModel } from "./convertToGguf.js";
import { detectCheckpoint, knownWeights } from "./detectCheckpoint.js";
import { openGgml } from "./ggml/openGgml.js";
import { isGgmlMagic } from "./ggml/readGgmlHeader.js";
import { mapHuggingFace } from "./llama/mapHuggingFace.js";
import { mapMeta, metaVocabularySize } from "./llama/mapMeta.js";
import { readHuggingFaceConfig } from "./llama/readHuggingFaceConfig.js";
import { readMetaParams } from "./llama/readMetaParams.js";
import { openPytorch } from "./pytorch/openPytorch.js";
import { openFileBytes } from "./RandomBytes.js";
import { readJsonObject } from "./readSmallFile.js";
import { recognizeForeignFile } from "./recognizeForeign.js";
import { openSafetensors } from "./safetensors/openSafetensors.js";
import type { TensorSource } from "./TensorSource.js";
import { openTokenizer } from "./tokenizer/openTokenizer.js";

export interface OpenCheckpointOptions {
  /** What the model shall be called; the folder's name unless given. */
  readonly name?: string;
  /** The trained context where the checkpoint does not say it: Meta's files never do. */
  readonly contextTokens?: number;
}

/**
 * Opens a checkpoint of the LLaMA architecture, ready to be converted: a folder on disk, one of its files, or files from
 * elsewhere. Reads headers, configuration and tokenizer, but no weights. Close `source` when done. A file of the formats
 * before GGUF is a checkpoint by itself; its model says what it is quantized to (`fileType`).
 *
 * Throws `checkpoint_invalid`, `architecture_unsupported`, `tokenizer_invalid`, `safetensors_invalid`, `pytorch_invalid`,
 * `pickle_refused`, `ggml_invalid`, `weights_unreadable`.
 */
export async function openCheckpoint(
  checkpoint: string | CheckpointFiles,
  options: OpenCheckpointOptions = {},
): Promise<LlamaModel> {
  if (typeof checkpoint === "string" && (await isGgmlFile(checkpoint)))
    return openOldModel(await openLocalFiles(dirname(checkpoint)), basename(checkpoint), options);
  const files = typeof checkpoint === "string" ? await openFolder(checkpoint) : checkpoint;
  const detected = detectCheckpoint(files);
  switch (detected.format) {
    case "safetensors":
      return openHuggingFace(files, openSafetensors, options);
    case "pytorch":
      return openHuggingFace(files, openPytorch, options);
    case "meta":
      return openMeta(files, detected.shardNames, options);
    default: {
      // Further parts of a model have its name and a number.
      const [oldModel, another] = detected.fileNames.filter((name) => !/\.\d+$/.test(name));
      if (detected.format === "ggml" && oldModel !== undefined && another === undefined)
        return openOldModel(files, oldModel, options);
      throw new AppError(
        "checkpoint_invalid",
        `"${files.name}" holds ${detected.description}, not a whole checkpoint.`,
        {
          hint: detected.hint,
        },
      );
    }
  }
}

async function isGgmlFile(path: string): Promise<boolean> {
  if ((await stat(path).catch(() => undefined))?.isFile() !== true) return false;
  const file = await openFileBytes(path);
  try {
    return file.sizeBytes >= 4 && isGgmlMagic(await file.read(0, 4));
  } finally {
    await file.close();
  }
}

async function openOldModel(
  files: CheckpointFiles,
  fileName: string,
  { name, contextTokens }: OpenCheckpointOptions,
): Promise<LlamaModel> {
  const model = await openGgml(files, fileName);
  return {
    ...model,
    ...(name === undefined ? {} : { name }),
    ...(contextTokens === undefined ? {} : { parameters: { ...model.parameters, contextTokens } }),
  };
}

async function openFolder(path: string): Promise<CheckpointFiles> {
  const isFile = (await stat(path).catch(() => undefined))?.isFile() === true;
  const folder = isFile ? dirname(path) : path;
  const files = await openLocalFiles(folder);
  if (!isFile) return files;
  const name = basename(path);
  if (!partOfCheckpoint.test(name)) await refuseFile(path);
  if (files.fileNames.has("config.json") || files.fileNames.has("params.json")) return files;
  throw new AppError("checkpoint_invalid", `There is no config.json or params.json beside "${name}".`, {
    hint: "Put the checkpoint's configuration and tokenizer into the same folder as its weights.",
  });
}

/** Names of files that stand for the whole folder when they are given alone; any other name would be a surprise. */
const partOfCheckpoint = /^(model|pytorch_model|consolidated)[.-].*(safetensors|bin|pth|json)$|^(config|params)\.json$/;

async function refuseFile(path: string): Promise<never> {
  const file = await openFileBytes(path);
  const foreign = await recognizeForeignFile(file).finally(() => file.close());
  const what =
    file.sizeBytes === 0
      ? "is empty"
      : foreign === undefined
        ? "holds no weights that are known"
        : `is ${foreign.what}`;
  throw new AppError("checkpoint_invalid", `"${file.name}" ${what}.`, {
    hint:
      foreign?.hint ??
      `Give a GGUF file, a file of the older ggml formats, or the folder of a checkpoint (${knownWeights}).`,
  });
}

async function openHuggingFace(
  files: CheckpointFiles,
  openSource: (files: CheckpointFiles) => Promise<TensorSource>,
  { name = files.name }: OpenCheckpointOptions,
): Promise<LlamaModel> {
  const config = await readJsonObject(files, "config.json");
  const parameters = readHuggingFaceConfig(config);
  const tokenizer = await openTokenizer(files, { vocabularySize: parameters.vocabularySize, modelConfig: config });
  const weights = await openSource(files);
  const source = await orClose(weights, () => mapHuggingFace(weights, parameters));
  return { name, parameters, tokenizer, source };
}

async function openMeta(
  files: CheckpointFiles,
  shardNames: readonly string[],
  { name = files.name, contextTokens }: OpenCheckpointOptions,
): Promise<LlamaModel> {
  const params = await readJsonObject(files, "params.json");
  const shards: TensorSource[] = [];
  const opened: TensorSource = {
    tensors: new Map(),
    close: async () => {
      for (const shard of shards) await shard.close();
    },
  };
  return orClose(opened, async () => {
    for (const shardName of shardNames) shards.push(await openPytorch(files, shardName));
    const vocabularySize = metaVocabularySize(shards);
    const parameters = readMetaParams(params, {
      vocabularySize,
      tiedEmbeddings: shards[0]?.tensors.has("output.weight") === false,
      ...(contextTokens === undefined ? {} : { contextTokens }),
    });
    const tokenizer = await openTokenizer(files, { vocabularySize });
    return { name, parameters, tokenizer, source: mapMeta(shards, parameters) };
  });
}

/** Closes the source when what follows fails. */
async function orClose<T>(source: TensorSource, next: () => T | Promise<T>): Promise<T> {
  try {
    return await next();
  } catch (error) {
    await source.close();
    throw error;
  }
}

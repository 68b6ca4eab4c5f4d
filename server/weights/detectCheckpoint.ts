import { AppError } from "../platform/AppError.js";
import type { CheckpointFiles } from "./CheckpointFiles.js";
import { pytorchIndexName, pytorchName } from "./pytorch/openPytorch.js";
import { safetensorsIndexName, safetensorsName } from "./safetensors/openSafetensors.js";

/** What a folder's files are, by their names. */
export type DetectedCheckpoint =
  /** Hugging Face's, with config.json. */
  | { readonly format: "safetensors" | "pytorch" }
  /** Meta's, with params.json; the names of all shards in order. */
  | { readonly format: "meta"; readonly shardNames: readonly string[] }
  | {
      /** A PEFT adapter; GGUF files; files of Dalai's and alpaca.cpp's time. */
      readonly format: "adapter" | "gguf" | "ggml";
      readonly fileNames: readonly string[];
      readonly description: string;
      readonly hint: string;
    };

/** What a checkpoint's weights are called, in words. */
export const knownWeights = `${safetensorsName} or ${pytorchName}, or their shards with an index, or consolidated.00.pth`;
const metaShard = /^consolidated\.(\d\d)\.pth$/;
const legacyFile = /^ggml-.*\.bin(\.\d+)?$/;

/** Throws `checkpoint_invalid` when files are missing or nothing is known. */
export function detectCheckpoint(files: CheckpointFiles): DetectedCheckpoint {
  const has = (name: string) => files.fileNames.has(name);
  const matching = (pattern: RegExp) => [...files.fileNames].filter((name) => pattern.test(name)).sort();
  const huggingFace =
    has(safetensorsName) || has(safetensorsIndexName)
      ? "safetensors"
      : has(pytorchName) || has(pytorchIndexName)
        ? "pytorch"
        : undefined;
  if (huggingFace !== undefined) {
    if (!has("config.json")) missing(files, "config.json");
    return { format: huggingFace };
  }
  const shardNames = matching(metaShard);
  if (shardNames.length > 0) {
    if (!has("params.json")) missing(files, "params.json");
    for (const [index, name] of shardNames.entries()) {
      const expected = `consolidated.${String(index).padStart(2, "0")}.pth`;
      if (name !== expected) missing(files, expected);
    }
    return { format: "meta", shardNames };
  }
  if (has("adapter_config.json"))
    return {
      format: "adapter",
      fileNames: matching(/^adapter_model\./),
      description: "a LoRA adapter",
      hint: "Convert the model that it was made for and give the adapter with --lora.",
    };
  const gguf = matching(/\.gguf$/);
  if (gguf.length > 0)
    return {
      format: "gguf",
      fileNames: gguf,
      description: "GGUF files",
      hint: "They need no conversion: install the file itself.",
    };
  const ggml = matching(legacyFile);
  if (ggml.length > 0)
    return {
      format: "ggml",
      fileNames: ggml,
      description: "files of the older ggml format",
      hint: "Give the file itself.",
    };
  throw new AppError("checkpoint_invalid", `"${files.name}" holds no weights that are known.`, {
    hint: `Known are ${knownWeights}, *.gguf and ggml-*.bin.`,
  });
}

function missing(files: CheckpointFiles, name: string): never {
  throw new AppError("checkpoint_invalid", `"${files.name}" lacks the file "${name}".`, {
    hint: "Download the whole checkpoint into one folder.",
  });
}

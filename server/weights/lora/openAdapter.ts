import { AppError } from "../../platform/AppError.js";
import type { CheckpointFiles } from "../CheckpointFiles.js";
import { openPytorch } from "../pytorch/openPytorch.js";
import { readJsonObject } from "../readSmallFile.js";
import { openSafetensors } from "../safetensors/openSafetensors.js";
import type { SourceTensor } from "../TensorSource.js";
import { readAdapterConfig } from "./readAdapterConfig.js";

/** A change to one matrix: `scaling * b @ a`, `b` being `[rows, rank]` and `a` `[rank, columns]`. */
export interface LowRankUpdate {
  readonly a: SourceTensor;
  readonly b: SourceTensor;
  readonly scaling: number;
  /** Of an embedding: the factors are there for its transpose, `a` `[rank, rows]` and `b` `[columns, rank]`. */
  readonly transposed: boolean;
}

/** A PEFT adapter opened for reading; names are those of transformers' checkpoints. */
export interface Adapter {
  readonly updates: ReadonlyMap<string, LowRankUpdate>;
  /** Tensors that were trained whole (`modules_to_save`) and take the place of the base model's. */
  readonly replacements: ReadonlyMap<string, SourceTensor>;
  close(): Promise<void>;
}

/** The largest that people extract; the factors of one matrix are held in memory. */
const rankMax = 512;

const factorName = /^(.*)\.lora_(embedding_)?([AB])(?:\.default)?(?:\.weight)?$/;

/**
 * Opens `adapter_config.json` with `adapter_model.safetensors` or `adapter_model.bin`. Throws `checkpoint_invalid`, and
 * what opening such files throws.
 */
export async function openAdapter(files: CheckpointFiles): Promise<Adapter> {
  const fail = (problem: string): never => {
    throw new AppError("checkpoint_invalid", `The adapter in "${files.name}" ${problem}.`, {
      hint: "Download the whole adapter again: adapter_config.json and adapter_model.safetensors (or .bin).",
    });
  };
  const has = (name: string) => files.fileNames.has(name);
  if (!has("adapter_config.json")) fail('lacks the file "adapter_config.json"');
  const { scalingOf } = readAdapterConfig(await readJsonObject(files, "adapter_config.json"));
  const source = has("adapter_model.safetensors")
    ? await openSafetensors(files, "adapter_model.safetensors")
    : has("adapter_model.bin")
      ? await openPytorch(files, "adapter_model.bin")
      : fail('lacks the file "adapter_model.safetensors" or "adapter_model.bin"');
  try {
    const pairs = new Map<string, { a?: SourceTensor; b?: SourceTensor; transposed: boolean }>();
    const replacements = new Map<string, SourceTensor>();
    for (const tensor of source.tensors.values()) {
      const name = tensor.name.replace(/^base_model\.model\./, "");
      const [, module, embedding, factor] = factorName.exec(name) ?? [];
      if (module === undefined) {
        replacements.set(name.replace(/\.modules_to_save(?:\.default)?\./, "."), tensor);
        continue;
      }
      const pair = pairs.get(module) ?? { transposed: embedding !== undefined };
      pairs.set(module, { ...pair, [factor === "A" ? "a" : "b"]: tensor });
    }
    if (pairs.size === 0) fail("has no LoRA tensors");
    const updates = new Map<string, LowRankUpdate>();
    for (const [module, { a, b, transposed }] of pairs) {
      if (a === undefined || b === undefined) return fail(`has only one of the two matrices for "${module}"`);
      const rank = a.shape[0] ?? 0;
      if (a.shape.length !== 2 || b.shape.length !== 2 || rank < 1 || rank > rankMax || b.shape[1] !== rank)
        return fail(`has matrices of the shapes [${b.shape.join(", ")}] and [${a.shape.join(", ")}] for "${module}"`);
      updates.set(`${module}.weight`, { a, b, transposed, scaling: scalingOf(module, rank) });
    }
    return { updates, replacements, close: () => source.close() };
  } catch (error) {
    await source.close();
    throw error;
  }
}

import { AppError } from "../../platform/AppError.js";
import type { CheckpointFiles } from "../CheckpointFiles.js";
import type { RandomBytes } from "../RandomBytes.js";
import { readShardIndex } from "../readShardIndex.js";
import type { SourceTensor, TensorSource } from "../TensorSource.js";
import { readSafetensorsHeader, type SafetensorsEntry } from "./readSafetensorsHeader.js";

export const safetensorsName = "model.safetensors";
export const safetensorsIndexName = "model.safetensors.index.json";

/**
 * Opens `model.safetensors`, or all shards that `model.safetensors.index.json` names; `fileName` opens another single
 * file. Throws `safetensors_invalid`, `checkpoint_invalid`, `weights_unreadable`.
 */
export async function openSafetensors(files: CheckpointFiles, fileName?: string): Promise<TensorSource> {
  const sharded = fileName === undefined && files.fileNames.has(safetensorsIndexName);
  const index = sharded ? await readShardIndex(files, safetensorsIndexName) : undefined;
  const opened: RandomBytes[] = [];
  const close = async () => {
    for (const file of opened) await file.close();
  };
  const tensors = new Map<string, SourceTensor>();
  try {
    for (const [part, name] of (index?.fileNames ?? [fileName ?? safetensorsName]).entries()) {
      const file = await files.open(name);
      opened.push(file);
      for (const entry of (await readSafetensorsHeader(file)).values()) {
        if (tensors.has(entry.name))
          throw new AppError("checkpoint_invalid", `Two shards have the tensor "${entry.name}"; one is "${name}".`, {
            hint: "The folder has files of different downloads: download all shards again.",
          });
        tensors.set(entry.name, sourceTensor(entry, file, part));
      }
    }
    index?.checkComplete(new Set(tensors.keys()));
  } catch (error) {
    await close();
    throw error;
  }
  return { tensors, close };
}

function sourceTensor(
  { name, type, shape, offset, sizeBytes }: SafetensorsEntry,
  file: RandomBytes,
  part: number,
): SourceTensor {
  const rows = shape.slice(0, -1).reduce((product, length) => product * length, 1);
  const rowBytes = rows === 0 ? 0 : sizeBytes / rows;
  return {
    name,
    type,
    shape,
    part,
    readRows: (firstRow, rowCount) => file.read(offset + firstRow * rowBytes, rowCount * rowBytes),
  };
}

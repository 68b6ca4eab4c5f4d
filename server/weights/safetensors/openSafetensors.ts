import type { CheckpointFiles } from "../CheckpointFiles.js";
import { openShards } from "../openShards.js";
import type { RandomBytes } from "../RandomBytes.js";
import type { SourceTensor, TensorSource } from "../TensorSource.js";
import { readSafetensorsHeader, type SafetensorsEntry } from "./readSafetensorsHeader.js";

export const safetensorsName = "model.safetensors";
export const safetensorsIndexName = "model.safetensors.index.json";

/**
 * Opens `model.safetensors`, or all shards that `model.safetensors.index.json` names; `fileName` opens another single
 * file. Throws `safetensors_invalid`, `checkpoint_invalid`, `weights_unreadable`.
 */
export function openSafetensors(files: CheckpointFiles, fileName?: string): Promise<TensorSource> {
  const names = fileName === undefined ? { indexName: safetensorsIndexName, fileName: safetensorsName } : { fileName };
  return openShards(files, names, async (file, part) => {
    const entries = await readSafetensorsHeader(file);
    return [...entries.values()].map((entry) => sourceTensor(entry, file, part));
  });
}

function sourceTensor(entry: SafetensorsEntry, file: RandomBytes, part: number): SourceTensor {
  const { name, type, shape, offset, sizeBytes } = entry;
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

import type { CheckpointFiles } from "../CheckpointFiles.js";
import { openShards } from "../openShards.js";
import type { TensorSource } from "../TensorSource.js";
import { openTorchFile } from "./openTorchFile.js";

export const pytorchName = "pytorch_model.bin";
export const pytorchIndexName = "pytorch_model.bin.index.json";

/**
 * Opens `pytorch_model.bin`, or all shards that `pytorch_model.bin.index.json` names; `fileName` opens another single
 * file. Throws `pytorch_invalid`, `pickle_refused`, `checkpoint_invalid`, `weights_unreadable`.
 */
export function openPytorch(files: CheckpointFiles, fileName?: string): Promise<TensorSource> {
  const names = fileName === undefined ? { indexName: pytorchIndexName, fileName: pytorchName } : { fileName };
  return openShards(files, names, async (file, part) => (await openTorchFile(file, part)).values());
}

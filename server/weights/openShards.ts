import { AppError } from "../platform/AppError.js";
import type { CheckpointFiles } from "./CheckpointFiles.js";
import type { RandomBytes } from "./RandomBytes.js";
import { readShardIndex } from "./readShardIndex.js";
import type { SourceTensor, TensorSource } from "./TensorSource.js";

/**
 * Opens the files that hold a checkpoint's tensors as one source: those that the index `indexName` names, else the single
 * file `fileName`. `readTensors` reads one file's header. Throws `checkpoint_invalid`, `weights_unreadable`, and what
 * `readTensors` throws; whatever was opened is closed then.
 */
export async function openShards(
  files: CheckpointFiles,
  { indexName, fileName }: { indexName?: string; fileName: string },
  readTensors: (file: RandomBytes, part: number) => Promise<Iterable<SourceTensor>>,
): Promise<TensorSource> {
  const sharded = indexName !== undefined && files.fileNames.has(indexName);
  const index = sharded ? await readShardIndex(files, indexName) : undefined;
  const opened: RandomBytes[] = [];
  const close = async () => {
    for (const file of opened) await file.close();
  };
  const tensors = new Map<string, SourceTensor>();
  try {
    for (const [part, name] of (index?.fileNames ?? [fileName]).entries()) {
      const file = await files.open(name);
      opened.push(file);
      for (const tensor of await readTensors(file, part)) {
        if (tensors.has(tensor.name))
          throw new AppError("checkpoint_invalid", `Two shards have the tensor "${tensor.name}"; one is "${name}".`, {
            hint: "The folder has files of different downloads: download all shards again.",
          });
        tensors.set(tensor.name, tensor);
      }
    }
    index?.checkComplete(new Set(tensors.keys()));
  } catch (error) {
    await close();
    throw error;
  }
  return { tensors, close };
}

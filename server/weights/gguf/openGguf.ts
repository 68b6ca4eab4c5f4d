import { rowSizeBytes } from "../ggmlTypes.js";
import { openFileBytes, type RandomBytes } from "../RandomBytes.js";
import type { SourceTensor, TensorSource } from "../TensorSource.js";
import { type GgufIndex, type GgufIndexEntry, readGgufIndex } from "./readGgufIndex.js";

/** A GGUF model, whole or split, opened for reading its tensors. */
export interface GgufSource extends TensorSource {
  readonly index: GgufIndex;
}

/** Throws `gguf_invalid`, `weights_unreadable`. */
export async function openGguf(path: string): Promise<GgufSource> {
  const index = await readGgufIndex(path);
  const files: RandomBytes[] = [];
  const close = async () => {
    for (const file of files) await file.close();
  };
  try {
    for (const part of index.paths) files.push(await openFileBytes(part));
  } catch (error) {
    await close();
    throw error;
  }
  const tensors = new Map<string, SourceTensor>();
  for (const entry of index.tensors.values()) {
    const file = files[entry.part];
    if (file !== undefined) tensors.set(entry.name, sourceTensor(entry, file));
  }
  return { index, tensors, close };
}

function sourceTensor({ name, type, shape, offset }: GgufIndexEntry, file: RandomBytes): SourceTensor {
  const rowBytes = rowSizeBytes(type, shape.at(-1) ?? 1);
  return {
    name,
    type,
    shape,
    readRows: (firstRow, rowCount) => file.read(offset + firstRow * rowBytes, rowCount * rowBytes),
  };
}

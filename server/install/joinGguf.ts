import { basename, dirname } from "node:path";
import { AppError } from "../platform/AppError.js";
import { type CheckpointFiles, openLocalFiles } from "../weights/CheckpointFiles.js";
import { plainEncoder } from "../weights/floats/plainEncoder.js";
import { rowSizeBytes } from "../weights/ggmlTypes.js";
import type { GgufMetadata, GgufValue } from "../weights/gguf/GgufValue.js";
import { GgufWriter } from "../weights/gguf/GgufWriter.js";
import { readGgufHeader } from "../weights/gguf/readGgufHeader.js";
import { partPaths } from "../weights/gguf/readGgufIndex.js";
import type { RandomBytes } from "../weights/RandomBytes.js";
import type { SourceTensor, TensorSource } from "../weights/TensorSource.js";
import { type WriteTensorsOptions, writeTensors } from "../weights/writeTensors.js";

/** A split GGUF model, opened; each tensor says in which part it is. */
export interface SplitGguf {
  /** The first part's, without what says that it is one. */
  metadata: GgufMetadata;
  source: TensorSource;
}

/** Opens the parts, in their order. Throws `gguf_invalid` when they do not belong together, `weights_unreadable`. */
export async function openSplitGguf(files: CheckpointFiles, names: readonly string[]): Promise<SplitGguf> {
  const opened: RandomBytes[] = [];
  const close = async () => {
    for (const file of opened) await file.close();
  };
  try {
    const tensors = new Map<string, SourceTensor>();
    let first: GgufMetadata | undefined;
    for (const [part, name] of names.entries()) {
      const file = await files.open(name);
      opened.push(file);
      const header = await readGgufHeader(file);
      first ??= header.metadata;
      const [number, count] = ["split.no", "split.count"].map((key) => Number(header.metadata.get(key)?.value ?? -1));
      if (number !== part || count !== names.length)
        throw new AppError("gguf_invalid", `"${name}" says that it is part ${Number(number) + 1} of ${count}.`, {
          hint: "The repository has parts of different uploads. Choose another one.",
        });
      for (const { name: tensor, type, shape, offset } of header.tensors.values()) {
        const rowBytes = rowSizeBytes(type, shape.at(-1) ?? 1);
        const readRows = (row: number, rows: number) => file.read(offset + row * rowBytes, rows * rowBytes);
        tensors.set(tensor, { name: tensor, type, shape, part, readRows });
      }
    }
    const metadata = new Map<string, GgufValue>(first);
    for (const key of ["split.no", "split.count", "split.tensors.count"]) metadata.delete(key);
    return { metadata, source: { tensors, close } };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Writes a split model as one file, `<path>.partial`, without changing any tensor; a failure leaves it there to be gone on with.
 * Throws `weights_unreadable`, `disk_full`, `weights_unwritable`, or the signal's reason.
 */
export async function joinGguf(
  { metadata, source }: SplitGguf,
  path: string,
  options: WriteTensorsOptions & { resumeAfter?: number },
): Promise<void> {
  const tensors = [...source.tensors.values()].map(({ name, type, shape }) => ({ name, type, shape }));
  const writer = await GgufWriter.open(path, { metadata, tensors }, { resumeAfter: options.resumeAfter ?? 0 });
  try {
    await writeTensors(source, tensors, plainEncoder, writer, options);
    await writer.finish();
  } catch (error) {
    await writer.abort({ keep: true });
    throw error;
  }
}

/** Opens a split model of this disk; `path` is that of any part. */
export async function openLocalSplitGguf(path: string): Promise<SplitGguf> {
  const files = await openLocalFiles(dirname(path));
  return await openSplitGguf(
    files,
    partPaths(path).map((part) => basename(part)),
  );
}

import { rename } from "node:fs/promises";
import type { GgufValue } from "../weights/gguf/GgufValue.js";
import { GgufWriter } from "../weights/gguf/GgufWriter.js";
import { openGguf } from "../weights/gguf/openGguf.js";

const pieceBytes = 8 * 2 ** 20;

/**
 * Makes one GGUF file of a split one, tensor by tensor, without changing any. `firstPartPath` names any of the parts.
 * Throws `gguf_invalid`, `weights_unreadable`, `disk_full`, `weights_unwritable`, or the signal's reason.
 */
export async function joinGguf(
  firstPartPath: string,
  resultPath: string,
  options: { signal: AbortSignal; onProgress: (bytesDone: number, bytesTotal: number) => void },
): Promise<void> {
  const source = await openGguf(firstPartPath);
  try {
    const tensors = [...source.tensors.values()];
    const metadata = new Map<string, GgufValue>(source.index.metadata);
    for (const key of ["split.no", "split.count", "split.tensors.count"]) metadata.delete(key);
    const writer = await GgufWriter.open(resultPath, { metadata, tensors });
    try {
      for (const tensor of tensors) {
        const rows = tensor.shape.slice(0, -1).reduce((product, length) => product * length, 1);
        const bytesPerRow = (source.index.tensors.get(tensor.name)?.sizeBytes ?? 0) / Math.max(1, rows);
        const rowsPerPiece = Math.max(1, Math.floor(pieceBytes / Math.max(1, bytesPerRow)));
        for (let row = 0; row < rows; row += rowsPerPiece) {
          options.signal.throwIfAborted();
          await writer.append(tensor.name, await tensor.readRows(row, Math.min(rowsPerPiece, rows - row)));
          options.onProgress(writer.bytesWritten, writer.sizeBytes);
        }
      }
      await writer.finish();
    } catch (error) {
      await writer.abort();
      throw error;
    }
    await rename(writer.partialPath, resultPath);
  } finally {
    await source.close();
  }
}

import type { GgmlTypeName } from "./ggmlTypes.js";

/**
 * One tensor of an opened checkpoint. Its data is row-major: `shape` is `[rows, columns]`, or `[columns]` for a vector
 * (one row). GGUF writes the same dimensions in the other order (`ne0` = columns).
 */
export interface SourceTensor {
  readonly name: string;
  readonly type: GgmlTypeName;
  readonly shape: readonly number[];
  /**
   * Which of the checkpoint's files, in their order, must be there before this tensor can be read; 0 where there is one.
   * The conversion reads tensors in this order, so that a file is done with as early as possible.
   */
  readonly part?: number;
  /** Little-endian bytes of rows `firstRow` … `firstRow + rowCount - 1`, each `rowSizeBytes(type, columns)` long. */
  readRows(firstRow: number, rowCount: number): Promise<Uint8Array>;
}

/** A checkpoint of any format, opened for reading tensor by tensor: nothing is held in memory but its header. */
export interface TensorSource {
  readonly tensors: ReadonlyMap<string, SourceTensor>;
  close(): Promise<void>;
}

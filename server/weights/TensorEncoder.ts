import type { GgmlTypeName } from "./ggmlTypes.js";

/** The types in which checkpoints hold their values. */
export type PlainTypeName = Extract<GgmlTypeName, "F32" | "F16" | "BF16">;

/** Some whole rows of a tensor, row-major. */
export interface RowBlock {
  /** A checkpoint's plain type, or that of a model which is quantized already. */
  readonly type: GgmlTypeName;
  /** Little-endian; `rows * rowSizeBytes(type, columns)` bytes. */
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Turns rows into a tensor type's bytes. The conversion hands blocks over in any order and from several tensors at once;
 * memory stays bounded because no more than `concurrency` blocks of a few MiB are under way.
 */
export interface TensorEncoder {
  /** How many blocks may be under way at the same time, at least 1. */
  readonly concurrency: number;
  /**
   * The block's rows as `type`: `rows * rowSizeBytes(type, columns)` bytes, the same whatever the block's size. The
   * encoder owns the block's memory from here on and may transfer it to another thread.
   *
   * Rejects with {@link NotFiniteError} when a value is NaN or infinite, or becomes infinite as `type`.
   */
  encode(block: RowBlock, type: GgmlTypeName): Promise<Uint8Array>;
}

/** A block has a value that is NaN or infinite; who knows the tensor's name says it to people. */
export class NotFiniteError extends Error {
  override readonly name = "NotFiniteError";
}

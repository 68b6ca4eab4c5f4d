import { AppError } from "../../platform/AppError.js";
import { rowSizeBytes } from "../ggmlTypes.js";
import type { SourceTensor, TensorSource } from "../TensorSource.js";
import { checkNames, checkShape } from "./checkTensors.js";
import type { LlamaParameters } from "./LlamaParameters.js";
import { llamaTensors } from "./llamaTensors.js";

/**
 * Meta's checkpoint, in one or several shards, under GGUF's names: the rows are in GGUF's order already. Model
 * parallelism splits most matrices over their rows, attention.wo and feed_forward.w2 over their columns, tok_embeddings
 * over the columns (LLaMA 1 and 2) or the rows (LLaMA 3); norms are in every shard. Which it is follows from the shapes.
 * Throws `checkpoint_invalid` when tensors are missing, unknown or of the wrong shape.
 */
export function mapMeta(shards: readonly TensorSource[], parameters: LlamaParameters): TensorSource {
  const wanted = llamaTensors(parameters).flatMap((tensor) =>
    tensor.metaName === undefined ? [] : [{ ...tensor, metaName: tensor.metaName }],
  );
  const names = new Map(wanted.map((tensor) => [tensor.metaName, tensor]));
  for (const shard of shards) checkNames(shard.tensors.keys(), names);
  const tensors = new Map<string, SourceTensor>();
  for (const { name, metaName, shape } of wanted) {
    const pieces = shards.flatMap((shard) => shard.tensors.get(metaName) ?? []);
    if (pieces.length > 0) tensors.set(name, { ...merge(metaName, pieces, shape), name });
  }
  const close = async () => {
    for (const shard of shards) await shard.close();
  };
  return { tensors, close };
}

/** Rows of the whole embedding: what LLaMA 1 and 2 do not say in params.json. */
export function metaVocabularySize(shards: readonly TensorSource[]): number {
  let rows = 0;
  for (const shard of shards) {
    const shape = shard.tensors.get("tok_embeddings.weight")?.shape;
    const width = shard.tensors.get("norm.weight")?.shape[0];
    if (shape?.length !== 2 || width === undefined) return missingEmbedding();
    // Split over its columns every shard has all rows, otherwise they add up.
    rows = shape[1] === width ? rows + (shape[0] ?? 0) : (shape[0] ?? 0);
  }
  return rows > 0 ? rows : missingEmbedding();
}

function missingEmbedding(): never {
  throw new AppError("checkpoint_invalid", 'The checkpoint lacks "tok_embeddings.weight" or "norm.weight".', {
    hint: "A consolidated.NN.pth file is missing or is not one of a LLaMA model.",
  });
}

function merge(name: string, pieces: readonly SourceTensor[], shape: readonly number[]): SourceTensor {
  const [first] = pieces;
  if (first === undefined) throw new Error("nothing to merge");
  const odd = pieces.find((piece) => piece.type !== first.type || piece.shape.join() !== first.shape.join());
  if (odd !== undefined)
    throw new AppError("checkpoint_invalid", `The shards disagree about the type or the shape of "${name}".`, {
      hint: "They belong to different models: download all consolidated.NN.pth files again.",
    });
  const [rows = 1, columns = 0] = shape;
  // Norms are in every shard, whole.
  if (shape.length === 1 || (pieces.length === 1 && first.shape.join() === shape.join())) {
    checkShape(name, first.shape, shape);
    return first;
  }
  refuseTooFew(name, pieces, shape);
  const splitRows = [rows / pieces.length, columns];
  const splitColumns = [rows, columns / pieces.length];
  if (first.shape.join() === splitRows.join()) return joinRows(pieces, first, rows, columns);
  checkShape(name, first.shape, splitColumns);
  return joinColumns(pieces, first, rows, columns);
}

/** Pieces that together are a whole fraction of the matrix: so many shards there must be. */
function refuseTooFew(name: string, pieces: readonly SourceTensor[], [rows = 1, columns = 0]: readonly number[]): void {
  const [pieceRows = 1, pieceColumns = 0] = pieces[0]?.shape ?? [];
  const needed = (rows / pieceRows) * (columns / pieceColumns);
  const cutOnce = (pieceRows === rows) !== (pieceColumns === columns);
  if (!cutOnce || !Number.isInteger(needed) || needed <= pieces.length) return;
  const last = `consolidated.${String(needed - 1).padStart(2, "0")}.pth`;
  throw new AppError(
    "checkpoint_invalid",
    `The checkpoint has ${pieces.length} of ${needed} shards: "${name}" has the shape [${pieceRows}, ${pieceColumns}] in each, [${rows}, ${columns}] in all.`,
    { hint: `Put the missing files, up to ${last}, into the same folder.` },
  );
}

/** Shard `i` has the rows `i * rows / n` and following. */
function joinRows(
  pieces: readonly SourceTensor[],
  { type, name }: SourceTensor,
  rows: number,
  columns: number,
): SourceTensor {
  const perPiece = rows / pieces.length;
  return {
    name,
    type,
    shape: [rows, columns],
    async readRows(firstRow, rowCount) {
      const result = new Uint8Array(rowCount * rowSizeBytes(type, columns));
      for (let row = firstRow; row < firstRow + rowCount; ) {
        const piece = Math.floor(row / perPiece);
        const count = Math.min((piece + 1) * perPiece, firstRow + rowCount) - row;
        result.set(
          await read(pieces[piece], row - piece * perPiece, count),
          (row - firstRow) * rowSizeBytes(type, columns),
        );
        row += count;
      }
      return result;
    },
  };
}

/** Every shard has a stretch of each row. */
function joinColumns(
  pieces: readonly SourceTensor[],
  { type, name }: SourceTensor,
  rows: number,
  columns: number,
): SourceTensor {
  return {
    name,
    type,
    shape: [rows, columns],
    async readRows(firstRow, rowCount) {
      const stretchBytes = rowSizeBytes(type, columns / pieces.length);
      const result = new Uint8Array(rowCount * rowSizeBytes(type, columns));
      for (const [index, piece] of pieces.entries()) {
        const bytes = await read(piece, firstRow, rowCount);
        for (let row = 0; row < rowCount; row += 1)
          result.set(
            bytes.subarray(row * stretchBytes, (row + 1) * stretchBytes),
            (row * pieces.length + index) * stretchBytes,
          );
      }
      return result;
    },
  };
}

function read(piece: SourceTensor | undefined, firstRow: number, rowCount: number): Promise<Uint8Array> {
  if (piece === undefined) throw new RangeError("a row outside of the tensor");
  return piece.readRows(firstRow, rowCount);
}

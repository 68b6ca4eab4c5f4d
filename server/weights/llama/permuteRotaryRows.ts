import type { SourceTensor } from "../TensorSource.js";

/**
 * The row of a transformers checkpoint that belongs at `row` of GGUF's (and Meta's) order. Within each head of
 * `headLength` rows transformers keeps the first members of all rotary pairs before the second ones; the other order has
 * each pair together. Source: `permute` in llama.cpp's `conversion/llama.py`.
 */
export function rotarySourceRow(row: number, headLength: number): number {
  const inHead = row % headLength;
  return row - inHead + (inHead % 2) * (headLength / 2) + (inHead >> 1);
}

/**
 * The tensor with its rows in GGUF's order. For matrices `[heads * headLength, columns]`, and biases
 * `[heads * headLength]`, whose values count as rows here although a vector is one row for its readers.
 */
export function permuteRotaryRows(tensor: SourceTensor, heads: number): SourceTensor {
  const rows = tensor.shape[0] ?? 0;
  const headLength = rows / heads;
  if (tensor.shape.length === 1)
    return {
      ...tensor,
      readRows: async (firstRow, rowCount) =>
        reorder(await tensor.readRows(firstRow, rowCount), 0, rows, headLength, rows),
    };
  return {
    ...tensor,
    async readRows(firstRow, rowCount) {
      // Whole heads, because a head's rows come from all over the head.
      const firstRead = Math.floor(firstRow / headLength) * headLength;
      const endRead = Math.ceil((firstRow + rowCount) / headLength) * headLength;
      const bytes = await tensor.readRows(firstRead, endRead - firstRead);
      return reorder(bytes, firstRow - firstRead, rowCount, headLength, endRead - firstRead);
    },
  };
}

function reorder(
  bytes: Uint8Array,
  firstRow: number,
  rowCount: number,
  headLength: number,
  rowsRead: number,
): Uint8Array {
  const rowBytes = bytes.length / rowsRead;
  const result = new Uint8Array(rowCount * rowBytes);
  for (let row = 0; row < rowCount; row += 1) {
    const from = rotarySourceRow(firstRow + row, headLength) * rowBytes;
    result.set(bytes.subarray(from, from + rowBytes), row * rowBytes);
  }
  return result;
}

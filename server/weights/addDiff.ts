import { AppError } from "../platform/AppError.js";
import type { LlamaModel } from "./convertToGguf.js";
import { checkShape } from "./llama/checkTensors.js";
import type { LlamaParameters } from "./llama/LlamaParameters.js";
import { countRows, readFloatRows } from "./readFloatRows.js";
import type { SourceTensor, TensorSource } from "./TensorSource.js";

/** Values that are held at once while the mean of all embedding rows is taken. */
const blockValuesMax = 2 ** 20;

/** A model whose weights are sums, and what can be said of them once all have been read. */
export interface RecoveredModel extends LlamaModel {
  /**
   * The sum of all values that were read, and of the rotary frequencies that checkpoints had as buffers in the diff's
   * day: what upstream compares with a known number. Only complete when every row was read once.
   */
  parameterSum(): number;
}

/**
 * The model that `base` plus a published weight diff gives, tensor by tensor in single precision, as Stanford Alpaca's
 * `weight_diff.py recover` makes it: shape, tokenizer and name are the diff's. Where the diff's vocabulary is larger, the
 * base's new embedding and output rows are the mean of its old ones (`smart_tokenizer_and_embedding_resize` in
 * `train.py`). Closing the result closes both. Throws `checkpoint_invalid` when the two do not fit.
 */
export function addDiff(base: LlamaModel, diff: LlamaModel): RecoveredModel {
  checkFit(base.parameters, diff.parameters);
  let sum = inverseFrequencySum(diff.parameters);
  const tensors = new Map<string, SourceTensor>();
  for (const tensor of diff.source.tensors.values()) {
    const original = base.source.tensors.get(tensor.name);
    if (original === undefined)
      throw new AppError("checkpoint_invalid", `The base model lacks the tensor "${tensor.name}" of the diff.`, {
        hint: "The diff was made for another model: check which base it needs.",
      });
    tensors.set(
      tensor.name,
      addTensors(original, tensor, (values) => {
        sum += addUp(values);
      }),
    );
  }
  const source: TensorSource = {
    tensors,
    async close() {
      await base.source.close();
      await diff.source.close();
    },
  };
  return { ...diff, source, parameterSum: () => sum };
}

function checkFit(base: LlamaParameters, diff: LlamaParameters): void {
  const keys = [
    "embeddingLength",
    "blockCount",
    "feedForwardLength",
    "headCount",
    "keyValueHeadCount",
    "headLength",
    "tiedEmbeddings",
  ] as const;
  const odd = keys.find((key) => base[key] !== diff[key]);
  if (odd !== undefined || diff.vocabularySize < base.vocabularySize)
    throw new AppError(
      "checkpoint_invalid",
      `The diff does not fit the base model: their ${odd ?? "vocabularySize"} differs.`,
      {
        hint: "The diff was made for another model: check which base it needs.",
      },
    );
}

function addTensors(base: SourceTensor, diff: SourceTensor, onValues: (values: Float32Array) => void): SourceTensor {
  const { name, shape } = diff;
  const baseRows = countRows(base.shape);
  const grows = (name === "token_embd.weight" || name === "output.weight") && countRows(shape) > baseRows;
  checkShape(name, base.shape, grows ? [baseRows, ...shape.slice(1)] : shape);
  let mean: Promise<Float32Array> | undefined;
  return {
    name,
    shape,
    type: "F32",
    // Both are needed; the sum keeps the order of either one's files.
    part: (base.part ?? 0) + (diff.part ?? 0),
    async readRows(firstRow, rowCount) {
      const values = (await readFloatRows(diff, firstRow, rowCount)).slice();
      const columns = values.length / rowCount;
      const oldRows = Math.max(0, Math.min(rowCount, baseRows - firstRow));
      if (oldRows > 0) addInPlace(values, await readFloatRows(base, firstRow, oldRows), 0);
      if (oldRows < rowCount) {
        mean ??= meanRow(base);
        const newRow = await mean;
        for (let row = oldRows; row < rowCount; row += 1) addInPlace(values, newRow, row * columns);
      }
      onValues(values);
      return new Uint8Array(values.buffer);
    },
  };
}

function addInPlace(target: Float32Array, values: Float32Array, at: number): void {
  for (let i = 0; i < values.length; i += 1) target[at + i] = (target[at + i] as number) + (values[i] as number);
}

async function meanRow(tensor: SourceTensor): Promise<Float32Array> {
  const rows = countRows(tensor.shape);
  const columns = tensor.shape.at(-1) ?? 1;
  const sums = new Float64Array(columns);
  const rowsPerBlock = Math.max(1, Math.floor(blockValuesMax / columns));
  for (let row = 0; row < rows; row += rowsPerBlock) {
    const values = await readFloatRows(tensor, row, Math.min(rowsPerBlock, rows - row));
    for (let i = 0; i < values.length; i += 1)
      sums[i % columns] = (sums[i % columns] as number) + (values[i] as number);
  }
  return Float32Array.from(sums, (sum) => sum / rows);
}

function addUp(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i] as number;
  return sum;
}

/** `rotary_emb.inv_freq` of every layer: transformers 4.27 had it in the state dict that upstream adds up. */
function inverseFrequencySum({ blockCount, headLength, ropeTheta }: LlamaParameters): number {
  let sum = 0;
  for (let pair = 0; pair < headLength / 2; pair += 1) sum += Math.fround(1 / ropeTheta ** ((2 * pair) / headLength));
  return sum * blockCount;
}

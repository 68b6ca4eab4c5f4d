import { AppError } from "../../platform/AppError.js";
import type { LlamaModel } from "../convertToGguf.js";
import { checkShape } from "../llama/checkTensors.js";
import { type LlamaTensor, llamaTensors } from "../llama/llamaTensors.js";
import { permuteRotaryRows, rotarySourceRow } from "../llama/permuteRotaryRows.js";
import { countRows, readFloatRows } from "../readFloatRows.js";
import type { SourceTensor, TensorSource } from "../TensorSource.js";
import type { Tokenizer } from "../tokenizer/Tokenizer.js";
import type { Adapter, LowRankUpdate } from "./openAdapter.js";

/** Tensors whose small matrices are kept: the conversion has rows of a few tensors under way at once. */
const keptFactors = 4;

/**
 * The base model with a LoRA adapter merged in: `W + scaling * B @ A` in single precision, row by row while they are
 * read, as PEFT's `merge_and_unload`. Tensors that the adapter holds whole take the base's place; a vocabulary that has
 * grown with them needs the adapter's own `tokenizer`. PEFT's `fan_in_fan_out` is for layers that LLaMA does not have;
 * like PEFT this ignores it. Closing the result closes both.
 *
 * Throws `checkpoint_invalid` when the adapter was made for another model.
 */
export function mergeLora(base: LlamaModel, adapter: Adapter, tokenizer: Tokenizer = base.tokenizer): LlamaModel {
  const parameters = { ...base.parameters, vocabularySize: tokenizer.tokens.length };
  const wanted = llamaTensors(parameters);
  const names = new Set(wanted.map((tensor) => tensor.huggingFaceName));
  /** Adapters of the bare model, without its output, lack the first part of the path. */
  const find = <T>(entries: ReadonlyMap<string, T>, name: string) =>
    entries.get(name) ?? entries.get(name.replace(/^model\./, ""));
  for (const name of [...adapter.updates.keys(), ...adapter.replacements.keys()])
    if (!names.has(name) && !names.has(`model.${name}`))
      throw misfit(`it changes "${name}", which a LLaMA model does not have`);

  const factors = new FactorCache();
  const tensors = new Map<string, SourceTensor>();
  for (const tensor of wanted) {
    const original = base.source.tensors.get(tensor.name);
    const replacement = find(adapter.replacements, tensor.huggingFaceName);
    const update = find(adapter.updates, tensor.huggingFaceName);
    const merged = replacement === undefined ? original : replaced(replacement, tensor);
    if (merged === undefined) {
      if (update !== undefined)
        throw misfit(`it changes "${tensor.huggingFaceName}", which the base model does not have`);
      continue;
    }
    checkShape(tensor.huggingFaceName, merged.shape, tensor.shape);
    tensors.set(tensor.name, update === undefined ? merged : updated(merged, update, tensor, factors));
  }
  const source: TensorSource = {
    tensors,
    async close() {
      await base.source.close();
      await adapter.close();
    },
  };
  return { ...base, parameters, tokenizer, source };
}

function misfit(problem: string): AppError {
  return new AppError("checkpoint_invalid", `The adapter does not fit the base model: ${problem}.`, {
    hint: "Its adapter_config.json says for which base model it was made.",
  });
}

function replaced(tensor: SourceTensor, { name, rotaryHeads }: LlamaTensor): SourceTensor {
  return { ...(rotaryHeads === undefined ? tensor : permuteRotaryRows(tensor, rotaryHeads)), name };
}

function updated(
  base: SourceTensor,
  update: LowRankUpdate,
  { shape, rotaryHeads, huggingFaceName }: LlamaTensor,
  cache: FactorCache,
): SourceTensor {
  const [rows = 0, columns = 0] = shape;
  const [updateRows, updateColumns] = update.transposed
    ? [update.a.shape[1], update.b.shape[0]]
    : [update.b.shape[0], update.a.shape[1]];
  if (shape.length !== 2 || updateRows !== rows || updateColumns !== columns)
    throw misfit(
      `its change to "${huggingFaceName}" has the shape [${updateRows}, ${updateColumns}] instead of [${shape.join(", ")}]`,
    );
  const headLength = rotaryHeads === undefined ? undefined : rows / rotaryHeads;
  return {
    ...base,
    type: "F32",
    async readRows(firstRow, rowCount) {
      const values = (await readFloatRows(base, firstRow, rowCount)).slice();
      const { a, b, rank } = await cache.get(base.name, update);
      const change = new Float64Array(columns);
      for (let index = 0; index < rowCount; index += 1) {
        const row = firstRow + index;
        // The adapter's rows are in transformers' order.
        const from = (headLength === undefined ? row : rotarySourceRow(row, headLength)) * rank;
        change.fill(0);
        addProduct(change, b.subarray(from, from + rank), a);
        const target = values.subarray(index * columns, (index + 1) * columns);
        for (let i = 0; i < columns; i += 1) target[i] = (target[i] as number) + update.scaling * (change[i] as number);
      }
      return new Uint8Array(values.buffer);
    },
  };
}

/**
 * `change += factors @ a`, `a` being `[rank, columns]`. Four rows of `a` at a time take little more than half as long,
 * and this is what merging consists of.
 */
function addProduct(change: Float64Array, factors: Float32Array, a: Float32Array): void {
  const columns = change.length;
  for (let k = 0; k < factors.length; k += 4) {
    const [f0 = 0, f1 = 0, f2 = 0, f3 = 0] = factors.subarray(k, k + 4);
    const last = factors.length - 1;
    const [r0, r1, r2, r3] = [k, Math.min(k + 1, last), Math.min(k + 2, last), Math.min(k + 3, last)].map((row) =>
      a.subarray(row * columns, (row + 1) * columns),
    ) as [Float32Array, Float32Array, Float32Array, Float32Array];
    for (let i = 0; i < columns; i += 1)
      change[i] =
        (change[i] as number) +
        f0 * (r0[i] as number) +
        f1 * (r1[i] as number) +
        f2 * (r2[i] as number) +
        f3 * (r3[i] as number);
  }
}

interface Factors {
  /** `[rank, columns]` */
  readonly a: Float32Array;
  /** `[rows, rank]` */
  readonly b: Float32Array;
  readonly rank: number;
}

class FactorCache {
  readonly #entries = new Map<string, Promise<Factors>>();

  get(name: string, update: LowRankUpdate): Promise<Factors> {
    const found = this.#entries.get(name);
    if (found !== undefined) return found;
    const oldest = this.#entries.keys().next();
    if (this.#entries.size >= keptFactors && oldest.done === false) this.#entries.delete(oldest.value);
    const entry = readFactors(update);
    this.#entries.set(name, entry);
    return entry;
  }
}

async function readFactors({ a, b, transposed }: LowRankUpdate): Promise<Factors> {
  const rank = a.shape[0] ?? 0;
  const [aValues, bValues] = [
    await readFloatRows(a, 0, countRows(a.shape)),
    await readFloatRows(b, 0, countRows(b.shape)),
  ];
  if (!transposed) return { a: aValues, b: bValues, rank };
  return { a: transpose(bValues, rank), b: transpose(aValues, a.shape[1] ?? 0), rank };
}

/** `[rows, columns]` to `[columns, rows]`. */
function transpose(values: Float32Array, columns: number): Float32Array {
  const rows = values.length / columns;
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1)
      result[column * rows + row] = values[row * columns + column] as number;
  return result;
}

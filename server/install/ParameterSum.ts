import { AppError } from "../platform/AppError.js";
import type { RecoveredModel } from "../weights/addDiff.js";
import type { SourceTensor } from "../weights/TensorSource.js";

/**
 * Upstream added up in single precision, 291 sums of up to 131 million values each, and compared with 0.01 on the machine where the
 * number was made; exact sums differ from such ones by a few tenths. A wrong base or a damaged file differs by far more.
 */
const tolerance = 1;

/** Adds up a model's weights tensor by tensor while they are converted, over several runs if need be. */
export class ParameterSum {
  readonly model: RecoveredModel;
  /** By tensor, then by the first row of each block. */
  readonly #sums: Map<string, Map<number, number>>;
  /** What belongs to the sum but is no tensor: the rotary buffers of upstream's day. */
  readonly #constant: number;

  /** `earlier`: sums of the tensors that earlier runs finished. */
  constructor(recovered: RecoveredModel, earlier: Readonly<Record<string, number>>) {
    this.#sums = new Map(Object.entries(earlier).map(([name, sum]) => [name, new Map([[0, sum]])]));
    // Nothing has been read yet.
    this.#constant = recovered.parameterSum();
    const tensors = new Map([...recovered.source.tensors].map(([name, tensor]) => [name, this.#watch(tensor)]));
    this.model = { ...recovered, source: { tensors, close: () => recovered.source.close() } };
  }

  /** Sums of these tensors, for the next run. */
  of(names: readonly string[]): Record<string, number> {
    return Object.fromEntries(names.map((name) => [name, addUp(this.#sums.get(name))]));
  }

  /** Throws `install_wrong_model` when all weights together are not what upstream says. */
  check(expected: number, modelName: string): void {
    const total = [...this.#sums.values()].reduce((sum, blocks) => sum + addUp(blocks), this.#constant);
    if (Math.abs(total - expected) <= tolerance) return;
    throw new AppError(
      "install_wrong_model",
      `The weights of ${modelName} add up to ${total.toFixed(4)} instead of ${expected}: base and difference do not belong together.`,
      { hint: "The source has other weights than the catalog says. Please report it." },
    );
  }

  #watch(tensor: SourceTensor): SourceTensor {
    return {
      ...tensor,
      readRows: async (firstRow, rowCount) => {
        const bytes = await tensor.readRows(firstRow, rowCount);
        const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
        let sum = 0;
        for (let index = 0; index < values.length; index++) sum += values[index] as number;
        // By block, because several are read at once and end in any order, and because a stopped tensor is begun anew.
        const blocks = this.#sums.get(tensor.name) ?? new Map<number, number>();
        this.#sums.set(tensor.name, blocks.set(firstRow, sum));
        return bytes;
      },
    };
  }
}

function addUp(blocks: ReadonlyMap<number, number> = new Map()): number {
  return [...blocks.values()].reduce((sum, value) => sum + value, 0);
}

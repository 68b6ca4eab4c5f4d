import { AppError } from "../platform/AppError.js";
import { DurableProgress } from "./DurableProgress.js";
import type { GgufTensorSpec } from "./gguf/encodeGgufHeader.js";
import type { GgufWriter } from "./gguf/GgufWriter.js";
import { NotFiniteError, type TensorEncoder } from "./TensorEncoder.js";
import type { SourceTensor, TensorSource } from "./TensorSource.js";

/** 4 MiB as F32: handing a block over costs nothing beside encoding it, and many fit into memory. */
const blockValuesMax = 2 ** 20;
/** Blocks of whole heads spare a source that reorders heads reading some twice. */
const headLengthMax = 128;

export interface ConversionProgress {
  /** The tensor that was written last, and its number from 1 on. */
  readonly tensor: string;
  readonly index: number;
  readonly count: number;
  /** Of the output file. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** So much is on the disk for certain. */
export interface ConversionCheckpoint {
  /** What `resumeAfter` may be after a crash. */
  readonly tensorsDone: number;
  /** The source's parts (see `SourceTensor.part`) below this number are not needed any more. */
  readonly partsDone: number;
}

export interface WriteTensorsOptions {
  readonly onProgress?: ((progress: ConversionProgress) => void) | undefined;
  readonly onCheckpoint?: ((checkpoint: ConversionCheckpoint) => void | Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads every tensor of the plan in blocks of rows, encodes several blocks at once and appends them in order. Memory is
 * bounded by `encoder.concurrency` + 2 blocks, whatever the model's size. Starts behind the tensors that the writer has.
 *
 * Throws `weights_not_finite` with the tensor's name, what the source and the writer throw, and the signal's reason.
 */
export async function writeTensors(
  source: TensorSource,
  plan: readonly GgufTensorSpec[],
  encoder: TensorEncoder,
  writer: GgufWriter,
  options: WriteTensorsOptions = {},
): Promise<void> {
  const work = blocks(source, plan.slice(writer.tensorsDone), encoder);
  const underWay: { name: string; bytes: Promise<Uint8Array> }[] = [];
  const firstNeededPart = neededParts(source, plan);
  const durability = new DurableProgress(writer, async (tensorsDone) => {
    await options.onCheckpoint?.({ tensorsDone, partsDone: firstNeededPart[tensorsDone] ?? 0 });
  });
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      while (underWay.length < encoder.concurrency + 2) {
        const next = work.next();
        if (next.done === true) break;
        const bytes = next.value.start();
        // A failure is reported in its turn; until then it must not count as unhandled.
        bytes.catch(() => undefined);
        underWay.push({ name: next.value.name, bytes });
      }
      const first = underWay.shift();
      if (first === undefined) break;
      const tensorsBefore = writer.tensorsDone;
      await writer.append(first.name, await first.bytes);
      options.onProgress?.({
        tensor: first.name,
        index: tensorsBefore + 1,
        count: plan.length,
        bytesDone: writer.bytesWritten,
        bytesTotal: writer.sizeBytes,
      });
      durability.appended();
    }
    await durability.finish();
  } finally {
    await Promise.allSettled([...underWay.map(({ bytes }) => bytes), durability.settled()]);
  }
}

/** By the number of tensors that are done: the lowest part that a later tensor needs; past the last part at the end. */
function neededParts(source: TensorSource, plan: readonly GgufTensorSpec[]): number[] {
  const parts = plan.map(({ name }) => source.tensors.get(name)?.part ?? 0);
  const needed = [...parts, Math.max(0, ...parts) + 1];
  for (let index = parts.length - 1; index >= 0; index -= 1)
    needed[index] = Math.min(needed[index] ?? 0, needed[index + 1] ?? 0);
  return needed;
}

function* blocks(source: TensorSource, plan: readonly GgufTensorSpec[], encoder: TensorEncoder) {
  for (const { name, type, shape } of plan) {
    const tensor = source.tensors.get(name);
    if (tensor === undefined) throw new Error(`the source has no tensor "${name}"`);
    const columns = shape.at(-1) ?? 1;
    const rowCount = shape.slice(0, -1).reduce((product, length) => product * length, 1);
    const rowsMax = Math.max(1, Math.floor(blockValuesMax / columns));
    const rowsPerBlock = rowsMax > headLengthMax ? rowsMax - (rowsMax % headLengthMax) : rowsMax;
    for (let row = 0; row < rowCount; row += rowsPerBlock) {
      const rows = Math.min(rowsPerBlock, rowCount - row);
      yield { name, start: () => encodeRows(tensor, row, rows, columns, type, encoder) };
    }
  }
}

async function encodeRows(
  tensor: SourceTensor,
  firstRow: number,
  rows: number,
  columns: number,
  type: GgufTensorSpec["type"],
  encoder: TensorEncoder,
): Promise<Uint8Array> {
  const bytes = await tensor.readRows(firstRow, rows);
  try {
    return await encoder.encode({ type: tensor.type, bytes, rows, columns }, type);
  } catch (error) {
    if (!(error instanceof NotFiniteError)) throw error;
    throw new AppError(
      "weights_not_finite",
      `The tensor "${tensor.name}" has a value that is no number, infinite or too large for ${type}.`,
      {
        hint: "The weights are damaged: download them again. If they are as they should be, convert to F32 or BF16.",
        cause: error,
      },
    );
  }
}

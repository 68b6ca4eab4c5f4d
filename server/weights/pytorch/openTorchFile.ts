import { rowSizeBytes } from "../ggmlTypes.js";
import type { RandomBytes } from "../RandomBytes.js";
import { recognizeForeignFile } from "../recognizeForeign.js";
import type { SourceTensor } from "../TensorSource.js";
import { openZipEntries } from "./openZipEntries.js";
import { PickleTensor, type PickleValue } from "./PickleValue.js";
import { pytorchError } from "./pytorchError.js";
import { readLegacyFile } from "./readLegacyFile.js";
import { readPickle } from "./readPickle.js";
import { pickleBytesMax, type TorchStorages } from "./TorchStorages.js";
import { storageType, torchContext } from "./torchContext.js";

/** Values of a tensor that lie apart are read together with what lies between, so much at most. */
const spanBytesMax = 256 * 2 ** 20;

/**
 * The tensors in a file written by torch.save: a zip archive since torch 1.6, before that pickles one after the other.
 * The file stays open with the caller. Throws `pytorch_invalid`, `pickle_refused`.
 */
export async function openTorchFile(file: RandomBytes, part = 0): Promise<Map<string, SourceTensor>> {
  const magic = await file.read(0, Math.min(4, file.sizeBytes));
  const isZip = magic[0] === 0x50 && magic[1] === 0x4b;
  const foreign = isZip ? undefined : await recognizeForeignFile(file);
  if (foreign !== undefined) throw pytorchError(file.name, `it is ${foreign.what}`, foreign.hint);
  const { value, storages } = isZip ? await readZip(file) : await readLegacyFile(file);
  const tensors = new Map<string, SourceTensor>();
  for (const [name, tensor] of tensorsIn(value, file.name)) {
    tensors.set(name, { ...sourceTensor(name, tensor, storages, file), part });
  }
  return tensors;
}

async function readZip(file: RandomBytes): Promise<{ value: PickleValue; storages: TorchStorages }> {
  const entries = await openZipEntries(file);
  // "archive/data.pkl", "consolidated.00/data.pkl": the first folder's name does not matter.
  const pickles = [...entries.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1)
    throw pytorchError(
      file.name,
      `it has ${pickles.length} entries "data.pkl" instead of one`,
      "It is a zip archive of something else.",
    );
  if (pickle.sizeBytes > pickleBytesMax) throw pytorchError(file.name, `its pickle has ${pickle.sizeBytes} bytes`);
  const folder = pickle.name.slice(0, -"data.pkl".length);
  const byteOrder = entries.get(`${folder}byteorder`);
  if (byteOrder !== undefined && byteOrder.sizeBytes < 16) {
    const order = new TextDecoder().decode(await file.read(await byteOrder.offset(), byteOrder.sizeBytes));
    if (order !== "little")
      throw pytorchError(file.name, "it is written for big-endian machines", "Look for another file of the model.");
  }
  const bytes = await file.read(await pickle.offset(), pickle.sizeBytes);
  const { value } = readPickle(bytes, 0, torchContext(file.name));
  return { value, storages: { find: (key) => entries.get(`${folder}data/${key}`) } };
}

/** The checkpoint is a dict of tensors, or has one under "model" or "state_dict". */
function tensorsIn(value: PickleValue, fileName: string): [string, PickleTensor][] {
  if (!(value instanceof Map)) throw pytorchError(fileName, "it is no dict of tensors");
  const tensors = [...value].filter(
    (entry): entry is [string, PickleTensor] => typeof entry[0] === "string" && entry[1] instanceof PickleTensor,
  );
  if (tensors.length > 0) return tensors;
  const inner = value.get("model") ?? value.get("state_dict");
  if (inner instanceof Map) return tensorsIn(inner, fileName);
  throw pytorchError(fileName, "it has no tensors");
}

function sourceTensor(name: string, tensor: PickleTensor, storages: TorchStorages, file: RandomBytes): SourceTensor {
  const { storage, shape, strides } = tensor;
  const format = storageType(storage.type);
  const place = storages.find(storage.key);
  if (format === undefined || place === undefined) throw pytorchError(file.name, `the values of "${name}" are missing`);
  const { type, bytes: valueBytes } = format;
  if ((storage.viewOffset + storage.length) * valueBytes > place.sizeBytes)
    throw pytorchError(file.name, `the values of "${name}" are cut off`);
  const base = (storage.viewOffset + tensor.offset) * valueBytes;
  const read = async (start: number, length: number) => file.read((await place.offset()) + base + start, length);
  const columns = shape.at(-1) ?? 1;
  const rowBytes = rowSizeBytes(type, columns);
  const readRows = isContiguous(shape, strides)
    ? (firstRow: number, rowCount: number) => read(firstRow * rowBytes, rowCount * rowBytes)
    : (firstRow: number, rowCount: number) =>
        gather({ name, shape, strides, valueBytes, read }, firstRow, rowCount, file.name);
  return { name, type, shape, readRows };
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis] ?? 1;
  }
  return true;
}

interface StridedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly valueBytes: number;
  /** Bytes counted from the tensor's first value. */
  read(start: number, length: number): Promise<Uint8Array>;
}

/** Rows of a transposed, sliced or expanded tensor: reads from the first to the last of their values and picks. */
async function gather(
  tensor: StridedTensor,
  firstRow: number,
  rowCount: number,
  fileName: string,
): Promise<Uint8Array> {
  const { shape, strides, valueBytes } = tensor;
  const columns = shape.at(-1) ?? 1;
  const step = strides.at(-1) ?? 1;
  const starts = Array.from({ length: rowCount }, (_, index) => rowStart(firstRow + index, shape, strides));
  const first = starts.reduce((least, start) => Math.min(least, start), Number.POSITIVE_INFINITY);
  const last = starts.reduce((most, start) => Math.max(most, start), 0) + (columns - 1) * step;
  if ((last - first + 1) * valueBytes > spanBytesMax)
    throw pytorchError(
      fileName,
      `the values of "${tensor.name}" lie too far apart`,
      "Look for the model's safetensors files.",
    );
  const span = await tensor.read(first * valueBytes, (last - first + 1) * valueBytes);
  const result = new Uint8Array(rowCount * columns * valueBytes);
  let to = 0;
  for (const start of starts)
    for (let column = 0; column < columns; column += 1) {
      const from = (start - first + column * step) * valueBytes;
      for (let byte = 0; byte < valueBytes; byte += 1) result[to++] = span[from + byte] ?? 0;
    }
  return result;
}

/** Where row number `row`, counted over all axes but the last, starts, in values. */
function rowStart(row: number, shape: readonly number[], strides: readonly number[]): number {
  let rest = row;
  let start = 0;
  for (let axis = shape.length - 2; axis >= 0; axis -= 1) {
    const length = shape[axis] ?? 1;
    start += (rest % length) * (strides[axis] ?? 0);
    rest = Math.floor(rest / length);
  }
  return start;
}

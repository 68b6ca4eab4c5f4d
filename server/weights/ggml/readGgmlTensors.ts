import { type GgmlTypeName, ggmlTypeById, ggmlTypes, rowSizeBytes } from "../ggmlTypes.js";
import type { RandomBytes } from "../RandomBytes.js";
import { blockLayout, layoutBlockBytes, layoutBlockValues } from "./blockLayout.js";
import { GgmlCursor } from "./GgmlCursor.js";
import type { GgmlFormat, GgmlHeader } from "./readGgmlHeader.js";

/** Where one tensor lies in the file. */
export interface GgmlTensorInfo {
  /** As Meta's checkpoints call it. */
  readonly name: string;
  readonly type: GgmlTypeName;
  /** Row-major: `[rows, columns]` or `[columns]`. */
  readonly shape: readonly number[];
  /** From the file's start. */
  readonly offset: number;
  /** Bytes of a row as it lies in this file. */
  readonly rowBytes: number;
}

const knownTypes: ReadonlySet<GgmlTypeName> = new Set<GgmlTypeName>([
  ...(["F32", "F16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"] as const),
  ...(["Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"] as const),
]);
const nameBytesMax = 256;
/** 9 tensors per layer and a few more, 512 layers. */
const tensorCountMax = 8192;
const dimensionMax = 2 ** 31 - 1;
const alignment = 32;

/**
 * Reads the descriptions of all tensors, which stand between the tensors' values up to the file's end. Throws
 * `ggml_invalid`, `weights_unreadable`. Layout: see readGgmlHeader.
 */
export async function readGgmlTensors(source: RandomBytes, header: GgmlHeader): Promise<GgmlTensorInfo[]> {
  const cursor = new GgmlCursor(source, header.tensorsOffset, 4096);
  const infos: GgmlTensorInfo[] = [];
  const names = new Set<string>();
  while (!cursor.atEnd) {
    const info = await readTensor(cursor, header.format, infos.length);
    if (names.has(info.name)) cursor.fail(`the tensor "${info.name}" occurs twice`);
    names.add(info.name);
    infos.push(info);
    if (infos.length > tensorCountMax) cursor.fail(`it has more than ${tensorCountMax} tensors`);
    const rows = info.shape.length === 2 ? (info.shape[0] ?? 0) : 1;
    cursor.skip(rows * info.rowBytes, `the tensor "${info.name}"`);
  }
  return infos;
}

async function readTensor(cursor: GgmlCursor, format: GgmlFormat, index: number): Promise<GgmlTensorInfo> {
  const what = `the description of tensor ${index}`;
  const [dimensionCount = 0, nameLength = 0, typeId = 0] = await cursor.uint32s(3, what);
  if (dimensionCount < 1 || dimensionCount > 2)
    cursor.fail(`tensor ${index} has ${dimensionCount} dimensions instead of 1 or 2`);
  if (nameLength < 1 || nameLength > nameBytesMax)
    cursor.fail(`the name of tensor ${index} is ${nameLength} bytes long; at most ${nameBytesMax} are allowed`);
  // Columns come first in the file.
  const shape = (await cursor.uint32s(dimensionCount, what)).toReversed();
  const name = new TextDecoder().decode(await cursor.bytes(nameLength, what));
  if (shape.some((length) => length < 1 || length > dimensionMax))
    cursor.fail(`the tensor "${name}" has the shape [${shape.join(", ")}]`);
  if (format.startsWith("ggjt")) cursor.skip((alignment - (cursor.position % alignment)) % alignment, what);
  const type = tensorType(cursor, name, typeId);
  return { name, type, shape, offset: cursor.position, rowBytes: rowBytesOf(cursor, format, name, type, shape) };
}

function tensorType(cursor: GgmlCursor, name: string, typeId: number): GgmlTypeName {
  const type = ggmlTypeById(typeId);
  if (type !== undefined && knownTypes.has(type)) return type;
  // Q4_2 and Q4_3 lasted from April to May 2023.
  if (typeId === 4 || typeId === 5)
    cursor.fail(
      `the tensor "${name}" is quantized to Q4_${typeId - 2}, which llama.cpp dropped after a few weeks`,
      "Look for a newer file of the model.",
    );
  return cursor.fail(`the tensor "${name}" has the unknown type ${typeId}`);
}

function rowBytesOf(
  cursor: GgmlCursor,
  format: GgmlFormat,
  name: string,
  type: GgmlTypeName,
  shape: readonly number[],
): number {
  const columns = shape.at(-1) ?? 1;
  const layout = blockLayout(format, type);
  if (layout === "unknown")
    cursor.fail(`the tensor "${name}" has the type ${type}, which the format ${format} did not have`);
  if (columns % ggmlTypes[type].blockValues !== 0)
    cursor.fail(
      `the rows of "${name}" have ${columns} values, which is no multiple of ${ggmlTypes[type].blockValues} (${type})`,
    );
  if (layout === undefined) return rowSizeBytes(type, columns);
  return (columns / layoutBlockValues) * layoutBlockBytes(layout);
}

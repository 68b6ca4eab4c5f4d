import { type GgmlTypeName, ggmlTypeById, ggmlTypes, rowSizeBytes } from "../ggmlTypes.js";
import type { GgufCursor } from "./GgufCursor.js";

/** llama.cpp keeps names in 64 bytes, the last of them NUL (GGML_MAX_NAME). */
const nameBytesMax = 63;
/** GGML_MAX_DIMS */
const dimensionsMax = 4;

/** Where one tensor lies in a GGUF file. */
export interface GgufTensorInfo {
  readonly name: string;
  readonly type: GgmlTypeName;
  /** Row-major, so the reverse of the order in the file: `[rows, columns]`. */
  readonly shape: readonly number[];
  /** From the file's start. */
  readonly offset: number;
  readonly sizeBytes: number;
}

/** An entry as it stands in the header: its offset counts from the data section's start, which is not known yet. */
export type RelativeTensorInfo = Omit<GgufTensorInfo, "offset"> & { readonly relativeOffset: number };

/** Reads `count` tensor infos. Throws `gguf_invalid`. */
export async function readGgufTensorInfos(cursor: GgufCursor, count: number): Promise<RelativeTensorInfo[]> {
  const infos: RelativeTensorInfo[] = [];
  const names = new Set<string>();
  for (let index = 0; index < count; index += 1) {
    const name = await cursor.name(nameBytesMax, `the name of tensor ${index}`);
    if (names.has(name)) cursor.fail(`the tensor "${name}" occurs twice`);
    names.add(name);
    infos.push(await readTensorInfo(cursor, name));
  }
  return infos;
}

async function readTensorInfo(cursor: GgufCursor, name: string): Promise<RelativeTensorInfo> {
  const what = `the description of the tensor "${name}"`;
  await cursor.need(4, what);
  const dimensionCount = cursor.uint32();
  if (dimensionCount < 1 || dimensionCount > dimensionsMax)
    cursor.fail(`the tensor "${name}" has ${dimensionCount} dimensions instead of 1 to ${dimensionsMax}`);

  await cursor.need(dimensionCount * 8 + 12, what);
  const shape: number[] = [];
  let values = 1;
  for (let dimension = 0; dimension < dimensionCount; dimension += 1) {
    const length = cursor.uint64();
    if (length < 1) cursor.fail(`the tensor "${name}" has a dimension of ${length}`);
    values *= length;
    // Below 2^53 the product is exact, and no file is that large.
    if (values > Number.MAX_SAFE_INTEGER) cursor.fail(`the tensor "${name}" has more values than a file can hold`);
    shape.unshift(length);
  }

  const typeId = cursor.uint32();
  const type =
    ggmlTypeById(typeId) ??
    cursor.fail(
      `the tensor "${name}" has the unknown type ${typeId}`,
      "It was made for another program, or by a newer or much older one: look for another file of the same model.",
    );
  const columns = shape.at(-1) ?? 1;
  if (columns % ggmlTypes[type].blockValues !== 0)
    cursor.fail(
      `the tensor "${name}" has rows of ${columns} values, not a whole number of ${type} blocks of ${ggmlTypes[type].blockValues}`,
    );
  const sizeBytes = (values / columns) * rowSizeBytes(type, columns);
  return { name, type, shape, sizeBytes, relativeOffset: cursor.uint64() };
}

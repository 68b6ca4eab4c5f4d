import type { GgufCursor } from "./GgufCursor.js";
import { GgufStringArray } from "./GgufStringArray.js";
import { type GgufArrayValue, type GgufTypeName, type GgufValue, ggufTypeById, ggufTypeSizes } from "./GgufValue.js";

/** GGUF's own limit on a key. */
const keyBytesMax = 65_535;
/** Twice the longest list in the wild: the 514,906 merges of a vocabulary of 262,144 tokens. */
const stringArrayMax = 2 ** 20;
/** The longest tokens in the wild have a few hundred bytes. */
const arrayStringBytesMax = 2 ** 20;

/** Reads `count` key-value pairs. Throws `gguf_invalid`. */
export async function readGgufMetadata(cursor: GgufCursor, count: number): Promise<Map<string, GgufValue>> {
  const metadata = new Map<string, GgufValue>();
  for (let index = 0; index < count; index += 1) {
    const key = await cursor.name(keyBytesMax, `the key of metadata entry ${index}`);
    if (metadata.has(key)) cursor.fail(`the metadata key "${key}" occurs twice`);
    const what = `the value of "${key}"`;
    await cursor.need(4, what);
    const typeId = cursor.uint32();
    const type = ggufTypeById(typeId) ?? cursor.fail(`"${key}" has the unknown type ${typeId}`);
    metadata.set(key, type === "array" ? await readArray(cursor, key) : await readScalar(cursor, type, key));
  }
  return metadata;
}

async function readScalar(
  cursor: GgufCursor,
  type: Exclude<GgufTypeName, "array">,
  key: string,
): Promise<Exclude<GgufValue, GgufArrayValue>> {
  const what = `the value of "${key}"`;
  if (type === "string") return { type, value: await cursor.text(what) };
  const size = ggufTypeSizes[type];
  await cursor.need(size, what);
  const bytes = cursor.view(size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  switch (type) {
    case "bool": {
      const byte = view.getUint8(0);
      if (byte > 1) cursor.fail(`"${key}" is a bool of value ${byte}`);
      return { type, value: byte === 1 };
    }
    case "uint64":
      return { type, value: view.getBigUint64(0, true) };
    case "int64":
      return { type, value: view.getBigInt64(0, true) };
    case "uint8":
      return { type, value: view.getUint8(0) };
    case "int8":
      return { type, value: view.getInt8(0) };
    case "uint16":
      return { type, value: view.getUint16(0, true) };
    case "int16":
      return { type, value: view.getInt16(0, true) };
    case "uint32":
      return { type, value: view.getUint32(0, true) };
    case "int32":
      return { type, value: view.getInt32(0, true) };
    case "float32":
    case "float64": {
      const value = type === "float32" ? view.getFloat32(0, true) : view.getFloat64(0, true);
      if (!Number.isFinite(value)) cursor.fail(`"${key}" is not a finite number`);
      return { type, value };
    }
  }
}

async function readArray(cursor: GgufCursor, key: string): Promise<GgufArrayValue> {
  const what = `the array "${key}"`;
  await cursor.need(12, what);
  const typeId = cursor.uint32();
  const itemType = ggufTypeById(typeId) ?? cursor.fail(`${what} has items of the unknown type ${typeId}`);
  // llama.cpp reads none either.
  if (itemType === "array") cursor.fail(`${what} has arrays as items`);
  const length = cursor.uint64();
  if (itemType === "string") return { type: "array", itemType, value: await readStringArray(cursor, length, what) };

  const size = ggufTypeSizes[itemType];
  if (length * size > cursor.remaining) cursor.fail(`${what} says it has ${length} items, more than the file holds`);
  const { buffer } = await cursor.take(length * size, what);
  switch (itemType) {
    case "uint8":
      return { type: "array", itemType, value: new Uint8Array(buffer) };
    case "int8":
      return { type: "array", itemType, value: new Int8Array(buffer) };
    case "bool": {
      const value = new Uint8Array(buffer);
      if (value.some((byte) => byte > 1)) cursor.fail(`${what} has bools other than 0 and 1`);
      return { type: "array", itemType, value };
    }
    case "uint16":
      return { type: "array", itemType, value: new Uint16Array(buffer) };
    case "int16":
      return { type: "array", itemType, value: new Int16Array(buffer) };
    case "uint32":
      return { type: "array", itemType, value: new Uint32Array(buffer) };
    case "int32":
      return { type: "array", itemType, value: new Int32Array(buffer) };
    case "uint64":
      return { type: "array", itemType, value: new BigUint64Array(buffer) };
    case "int64":
      return { type: "array", itemType, value: new BigInt64Array(buffer) };
    case "float32": {
      const value = new Float32Array(buffer);
      if (value.some(Number.isNaN)) cursor.fail(`${what} has items that are not numbers (NaN)`);
      return { type: "array", itemType, value };
    }
    case "float64": {
      const value = new Float64Array(buffer);
      if (value.some(Number.isNaN)) cursor.fail(`${what} has items that are not numbers (NaN)`);
      return { type: "array", itemType, value };
    }
  }
}

/** Walks over the strings without decoding them and keeps their bytes as they are. */
async function readStringArray(cursor: GgufCursor, length: number, what: string): Promise<GgufStringArray> {
  if (length > stringArrayMax)
    cursor.fail(`${what} says it has ${length} strings; at most ${stringArrayMax} are allowed`);
  if (length * 8 > cursor.remaining) cursor.fail(`${what} says it has ${length} strings, more than the file holds`);
  const starts = new Uint32Array(length + 1);
  let encoded = new Uint8Array(Math.min(cursor.remaining, Math.max(4096, length * 16)));
  let used = 0;
  let index = 0;
  while (index < length) {
    await cursor.need(8, what);
    const chunk = cursor.peek();
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let scanned = 0;
    let missing = 0;
    while (index < length && scanned + 8 <= chunk.length) {
      const size = view.getUint32(scanned, true) + view.getUint32(scanned + 4, true) * 2 ** 32;
      if (size > arrayStringBytesMax)
        cursor.fail(`string ${index} of ${what} is longer than ${arrayStringBytesMax} bytes`);
      missing = 8 + size;
      if (scanned + missing > chunk.length) break;
      starts[index] = used + scanned + 8;
      scanned += missing;
      index += 1;
    }
    if (used + scanned > encoded.length) encoded = grown(encoded, used + scanned);
    encoded.set(cursor.view(scanned), used);
    used += scanned;
    if (scanned === 0) await cursor.need(missing, `string ${index} of ${what}`);
  }
  starts[length] = used + 8;
  return new GgufStringArray(encoded.slice(0, used), starts);
}

function grown(bytes: Uint8Array<ArrayBuffer>, atLeast: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(atLeast, Math.ceil(bytes.length * 1.5)));
  larger.set(bytes);
  return larger;
}

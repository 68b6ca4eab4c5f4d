import { type GgmlTypeName, ggmlTypes, rowSizeBytes } from "../ggmlTypes.js";
import { GgufStringArray } from "./GgufStringArray.js";
import { type GgufMetadata, type GgufStrings, type GgufValue, ggufTypeIds } from "./GgufValue.js";
import { alignUp, defaultAlignment } from "./readGgufHeader.js";

/** A tensor that a file shall hold. */
export interface GgufTensorSpec {
  readonly name: string;
  readonly type: GgmlTypeName;
  /** Row-major: `[rows, columns]` or `[columns]`. */
  readonly shape: readonly number[];
}

export function tensorSizeBytes({ type, shape }: Omit<GgufTensorSpec, "name">): number {
  const rows = shape.slice(0, -1).reduce((product, length) => product * length, 1);
  return rows * rowSizeBytes(type, shape.at(-1) ?? 1);
}

export function alignmentOf(metadata: GgufMetadata): number {
  const entry = metadata.get("general.alignment");
  return entry?.type === "uint32" ? entry.value : defaultAlignment;
}

/**
 * The first bytes of a GGUF file, version 3: everything before the first tensor's bytes, padded to the alignment. The
 * tensors follow in this order, each padded to the alignment.
 */
export function encodeGgufHeader(metadata: GgufMetadata, tensors: readonly GgufTensorSpec[]): Uint8Array {
  const alignment = alignmentOf(metadata);
  const out = new ByteWriter();
  out.bytes(Buffer.from("GGUF"));
  out.uint32(3);
  out.uint64(tensors.length);
  out.uint64(metadata.size);
  for (const [key, value] of metadata) {
    out.text(key);
    out.uint32(ggufTypeIds[value.type]);
    writeValue(out, value);
  }
  let offset = 0;
  for (const tensor of tensors) {
    out.text(tensor.name);
    out.uint32(tensor.shape.length);
    for (const length of tensor.shape.toReversed()) out.uint64(length);
    out.uint32(ggmlTypes[tensor.type].id);
    out.uint64(offset);
    offset = alignUp(offset + tensorSizeBytes(tensor), alignment);
  }
  if (tensors.length > 0) out.bytes(new Uint8Array(alignUp(out.length, alignment) - out.length));
  return out.done();
}

function writeValue(out: ByteWriter, entry: GgufValue): void {
  if (entry.type === "string") {
    out.text(entry.value);
  } else if (entry.type === "array") {
    out.uint32(ggufTypeIds[entry.itemType]);
    out.uint64(entry.value.length);
    if (entry.itemType === "string") writeStrings(out, entry.value);
    else out.bytes(bytesOf(entry.value));
  } else {
    out.bytes(bytesOf(scalarArray(entry)));
  }
}

/** Typed arrays lie in memory as in the file on every machine that Node runs on (little-endian). */
function bytesOf(array: NodeJS.TypedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function scalarArray(entry: Exclude<GgufValue, { type: "string" | "array" }>): NodeJS.TypedArray {
  switch (entry.type) {
    case "bool":
      return Uint8Array.of(entry.value ? 1 : 0);
    case "uint64":
      return BigUint64Array.of(entry.value);
    case "int64":
      return BigInt64Array.of(entry.value);
    case "uint8":
      return Uint8Array.of(entry.value);
    case "int8":
      return Int8Array.of(entry.value);
    case "uint16":
      return Uint16Array.of(entry.value);
    case "int16":
      return Int16Array.of(entry.value);
    case "uint32":
      return Uint32Array.of(entry.value);
    case "int32":
      return Int32Array.of(entry.value);
    case "float32":
      return Float32Array.of(entry.value);
    case "float64":
      return Float64Array.of(entry.value);
  }
}

function writeStrings(out: ByteWriter, strings: GgufStrings): void {
  if (strings instanceof GgufStringArray) out.bytes(strings.encoded);
  else for (const text of strings) out.text(text);
}

class ByteWriter {
  #buffer = Buffer.alloc(64 * 1024);
  length = 0;

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.length = this.#buffer.writeUInt32LE(value, this.length);
  }

  uint64(value: number): void {
    this.#reserve(8);
    this.length = this.#buffer.writeBigUInt64LE(BigInt(value), this.length);
  }

  text(text: string): void {
    const size = Buffer.byteLength(text);
    this.uint64(size);
    this.#reserve(size);
    this.length += this.#buffer.write(text, this.length);
  }

  done(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }

  #reserve(count: number): void {
    if (this.length + count <= this.#buffer.length) return;
    const larger = Buffer.alloc(Math.max(this.length + count, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.length));
    this.#buffer = larger;
  }
}

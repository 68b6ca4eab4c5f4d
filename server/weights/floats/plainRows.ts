import type { PlainTypeName } from "../TensorEncoder.js";
import { decodeBfloat16, encodeBfloat16 } from "./bfloat16.js";
import { decodeFloat16, encodeFloat16 } from "./float16.js";

export function isPlainType(type: string): type is PlainTypeName {
  return type === "F32" || type === "F16" || type === "BF16";
}

/** Little-endian values of a plain type as single-precision numbers; F32 bytes are not copied when they are aligned. */
export function toFloat32(type: PlainTypeName, bytes: Uint8Array): Float32Array {
  if (type === "F32") {
    const aligned = alignedBytes(bytes, 4);
    return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
  }
  const source = toUint16(bytes);
  const values = new Float32Array(source.length);
  if (type === "F16") decodeFloat16(source, values);
  else decodeBfloat16(source, new Uint32Array(values.buffer));
  return values;
}

/** Single-precision numbers as the little-endian bytes of a plain type; F32 is not copied. */
export function fromFloat32(type: PlainTypeName, values: Float32Array): Uint8Array {
  if (type === "F32") return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const target = new Uint16Array(values.length);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  if (type === "F16") encodeFloat16(bits, target);
  else encodeBfloat16(bits, target);
  return new Uint8Array(target.buffer);
}

/** Whether no value is NaN or infinite: their exponent bits are not all ones. */
export function allFinite(type: PlainTypeName, bytes: Uint8Array): boolean {
  if (type === "F32") {
    const aligned = alignedBytes(bytes, 4);
    const bits = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
    for (let i = 0; i < bits.length; i += 1) if (((bits[i] as number) & 0x7f80_0000) === 0x7f80_0000) return false;
    return true;
  }
  const exponent = type === "F16" ? 0x7c00 : 0x7f80;
  const bits = toUint16(bytes);
  for (let i = 0; i < bits.length; i += 1) if (((bits[i] as number) & exponent) === exponent) return false;
  return true;
}

function toUint16(bytes: Uint8Array): Uint16Array {
  const aligned = alignedBytes(bytes, 2);
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
}

function alignedBytes(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.byteOffset % size === 0 ? bytes : bytes.slice();
}

/** Every half-precision number as single precision, by its 16 bits: 256 KiB, filled when it is first needed. */
let table: Float32Array | undefined;

function float16Values(): Float32Array {
  if (table !== undefined) return table;
  table = new Float32Array(65_536);
  for (let bits = 0; bits < 65_536; bits += 1) table[bits] = decode(bits);
  return table;
}

/** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
function decode(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Half to single precision, exact. */
export function decodeFloat16(source: Uint16Array, target: Float32Array): void {
  const values = float16Values();
  for (let i = 0; i < source.length; i += 1) target[i] = values[source[i] as number] as number;
}

/**
 * Single to half precision, rounded to the nearest, ties to even, as ggml's `ggml_fp32_to_fp16_row`; `source` has the
 * bits of the single-precision numbers. What is too large becomes infinite.
 */
export function encodeFloat16(source: Uint32Array, target: Uint16Array): void {
  for (let i = 0; i < source.length; i += 1) target[i] = float16Bits(source[i] as number);
}

function float16Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fff_ffff;
  if (magnitude >= 0x4780_0000) return sign | (magnitude > 0x7f80_0000 ? 0x7e00 : 0x7c00);
  if (magnitude >= 0x3880_0000) {
    // Normal: move the exponent's bias and round 13 fraction bits away; a carry goes into the exponent as it should.
    const rebiased = magnitude - 0x3800_0000;
    return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
  }
  const exponent = magnitude >>> 23;
  if (exponent < 102) return sign;
  // Subnormal: multiples of 2^-24.
  const fraction = (magnitude & 0x7f_ffff) | 0x80_0000;
  const shift = 126 - exponent;
  const rest = fraction & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  const kept = fraction >>> shift;
  return sign | (rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept);
}

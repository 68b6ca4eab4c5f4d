/** bfloat16 is the upper half of a single-precision number. `target` takes the bits of single-precision numbers. */
export function decodeBfloat16(source: Uint16Array, target: Uint32Array): void {
  for (let i = 0; i < source.length; i += 1) target[i] = (source[i] as number) << 16;
}

/**
 * Single precision to bfloat16, rounded to the nearest, ties to even, as ggml's `ggml_fp32_to_bf16_row`; `source` has
 * the bits of the single-precision numbers.
 */
export function encodeBfloat16(source: Uint32Array, target: Uint16Array): void {
  for (let i = 0; i < source.length; i += 1) {
    const bits = source[i] as number;
    const notANumber = (bits & 0x7fff_ffff) > 0x7f80_0000;
    target[i] = notANumber ? (bits >>> 16) | 64 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  }
}

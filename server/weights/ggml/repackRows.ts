import { encodeFloat16 } from "../floats/float16.js";
import { rowSizeBytes } from "../ggmlTypes.js";
import { type BlockLayout, layoutBlockBytes, layoutBlockValues } from "./blockLayout.js";

/**
 * Rows of an old layout as today's blocks of the same type. Quantized values are only moved; scales that were F32 are
 * rounded to F16, which is all that is lost. Returns `undefined` when a scale is NaN, infinite or too large for F16.
 */
export function repackRows(
  layout: BlockLayout,
  bytes: Uint8Array,
  rows: number,
  columns: number,
): Uint8Array | undefined {
  const { type, scaleCount, highBitsBytes, quantBytes } = layout;
  const blocksPerRow = columns / layoutBlockValues;
  const rowBytes = blocksPerRow * layoutBlockBytes(layout);
  const result = new Uint8Array(rows * rowSizeBytes(type, columns));
  const scales = readScales(layout, bytes, rows, blocksPerRow);
  if (scales === undefined) return undefined;
  const target = new DataView(result.buffer);
  const place = placesOf(layout, blocksPerRow);
  let write = 0;
  let scale = 0;
  for (let row = 0; row < rows; row += 1) {
    const start = row * rowBytes;
    for (let block = 0; block < blocksPerRow; block += 1) {
      for (let index = 0; index < scaleCount; index += 1) {
        target.setUint16(write, scales[scale] as number, true);
        write += 2;
        scale += 1;
      }
      let read = start + place.restOffset + block * place.restStride;
      for (let index = 0; index < highBitsBytes; index += 1) result[write + index] = bytes[read + index] as number;
      write += highBitsBytes;
      read += highBitsBytes;
      if (layout.interleavedNibbles) deinterleave(bytes, read, result, write);
      else for (let index = 0; index < quantBytes; index += 1) result[write + index] = bytes[read + index] as number;
      write += quantBytes;
    }
  }
  return result;
}

/** Byte i with the values 2i (low nibble) and 2i+1 becomes byte i with the values i and i+16. */
function deinterleave(source: Uint8Array, read: number, target: Uint8Array, write: number): void {
  for (let index = 0; index < 8; index += 1) {
    const first = source[read + index] as number;
    const second = source[read + index + 8] as number;
    target[write + 2 * index] = (first & 15) | ((second & 15) << 4);
    target[write + 2 * index + 1] = (first >> 4) | (second & 0xf0);
  }
}

interface Places {
  /** Where scale `index` of the row's first block is, and how far from it the next block's. */
  scaleOffset(index: number): number;
  readonly scaleStride: number;
  /** The same for what follows the scales. */
  readonly restOffset: number;
  readonly restStride: number;
}

function placesOf(layout: BlockLayout, blocksPerRow: number): Places {
  const { scaleCount, scaleBytes, highBitsBytes, quantBytes } = layout;
  if (layout.rowOrder === "planes")
    return {
      // The plane of minima comes first.
      scaleOffset: (index) => (scaleCount - 1 - index) * scaleBytes * blocksPerRow,
      scaleStride: scaleBytes,
      restOffset: scaleCount * scaleBytes * blocksPerRow,
      restStride: highBitsBytes + quantBytes,
    };
  const blockBytes = layoutBlockBytes(layout);
  return {
    scaleOffset: (index) => index * scaleBytes,
    scaleStride: blockBytes,
    restOffset: scaleCount * scaleBytes,
    restStride: blockBytes,
  };
}

/** All scales (and minima) as F16, in the order in which today's blocks have them; `undefined` when one is not finite. */
function readScales(
  layout: BlockLayout,
  bytes: Uint8Array,
  rows: number,
  blocksPerRow: number,
): Uint16Array | undefined {
  const { scaleCount, scaleBytes } = layout;
  const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const place = placesOf(layout, blocksPerRow);
  const rowBytes = blocksPerRow * layoutBlockBytes(layout);
  const count = rows * blocksPerRow * scaleCount;
  const wide = new Uint32Array(scaleBytes === 4 ? count : 0);
  const scales = new Uint16Array(count);
  let next = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let block = 0; block < blocksPerRow; block += 1) {
      for (let index = 0; index < scaleCount; index += 1) {
        const at = row * rowBytes + place.scaleOffset(index) + block * place.scaleStride;
        if (scaleBytes === 4) wide[next] = source.getUint32(at, true);
        else scales[next] = source.getUint16(at, true);
        next += 1;
      }
    }
  }
  if (scaleBytes === 4) encodeFloat16(wide, scales);
  return scales.every((bits) => (bits & 0x7c00) !== 0x7c00) ? scales : undefined;
}

/** The scale (`index` 0) or minimum (1) of a block, as an F32 layout holds it: for telling layouts apart. */
export function readScale(
  layout: BlockLayout,
  row: DataView,
  blocksPerRow: number,
  block: number,
  index: number,
): number {
  const place = placesOf(layout, blocksPerRow);
  return row.getFloat32(place.scaleOffset(index) + block * place.scaleStride, true);
}

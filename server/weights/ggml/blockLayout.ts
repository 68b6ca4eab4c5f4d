import type { GgmlTypeName } from "../ggmlTypes.js";
import type { GgmlFormat } from "./readGgmlHeader.js";

/**
 * How a tensor type's values lie in a row of an old file, where that differs from today's layout of the same type.
 * Sources: llama.cpp's history (the unversioned quantizer of March 2023, #1405 for the nibbles, #1508 for the scales) and
 * the copies of each version's kernels in jart/cosmopolitan `third_party/ggml/ggjt.v*.c`.
 */
export interface BlockLayout {
  readonly type: "Q4_0" | "Q4_1" | "Q5_0" | "Q5_1" | "Q8_0";
  /** Scale, and minimum for `_1` types, in this order; in `planes` the other way round. */
  readonly scaleCount: 1 | 2;
  readonly scaleBytes: 2 | 4;
  /** Fifth bits, the same then as now: bit i belongs to value i. */
  readonly highBitsBytes: 0 | 4;
  readonly quantBytes: 16 | 32;
  /** Byte i holds the values 2i and 2i+1 instead of i and i+16. */
  readonly interleavedNibbles: boolean;
  /**
   * `blocks`: each block's scales and values together. `planes`: a row's minima, then its scales, then all its values, as
   * the first quantizers wrote them.
   */
  readonly rowOrder: "blocks" | "planes";
}

const shapes = {
  Q4_0: { scaleCount: 1, highBitsBytes: 0, quantBytes: 16 },
  Q4_1: { scaleCount: 2, highBitsBytes: 0, quantBytes: 16 },
  Q5_0: { scaleCount: 1, highBitsBytes: 4, quantBytes: 16 },
  Q5_1: { scaleCount: 2, highBitsBytes: 4, quantBytes: 16 },
  Q8_0: { scaleCount: 1, highBitsBytes: 0, quantBytes: 32 },
} as const;

/** Values per block of every such type. */
export const layoutBlockValues = 32;

/** Bytes of a block, wherever in the row they are. */
export function layoutBlockBytes(layout: BlockLayout): number {
  return layout.scaleCount * layout.scaleBytes + layout.highBitsBytes + layout.quantBytes;
}

/**
 * A type's layout in a format: `undefined` where it is today's, `"unknown"` where the format never had the type. Files
 * without a version have two row orders, see chooseRowOrder.
 */
export function blockLayout(
  format: GgmlFormat,
  type: GgmlTypeName,
  rowOrder: BlockLayout["rowOrder"] = "blocks",
): BlockLayout | undefined | "unknown" {
  if (type === "F32" || type === "F16") return undefined;
  if (format === "ggjt-v3") return undefined;
  if (!(type in shapes)) return "unknown";
  const name = type as keyof typeof shapes;
  const early = format === "ggml" || format === "ggmf-v1";
  if (early && name !== "Q4_0" && name !== "Q4_1") return "unknown";
  const hasHighBits = name === "Q5_0" || name === "Q5_1";
  const interleavedNibbles = format !== "ggjt-v2" && name !== "Q8_0";
  // Q5_0 and Q5_1 had F16 scales from the start.
  if (hasHighBits && !interleavedNibbles) return undefined;
  return { type: name, ...shapes[name], scaleBytes: hasHighBits ? 2 : 4, interleavedNibbles, rowOrder };
}

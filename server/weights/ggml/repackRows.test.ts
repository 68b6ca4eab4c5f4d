import { describe, expect, it } from "vitest";
import { rowSizeBytes } from "../ggmlTypes.js";
import { loadGgmlNative } from "../quantize/ggmlNative.js";
import { type BlockLayout, blockLayout, layoutBlockBytes } from "./blockLayout.js";
import { type GgmlFormat, ggmlFormats } from "./readGgmlHeader.js";
import { repackRows } from "./repackRows.js";

const rows = 3;
const blocksPerRow = 2;
const columns = blocksPerRow * 32;

function layoutOf(format: GgmlFormat, type: BlockLayout["type"], order?: BlockLayout["rowOrder"]): BlockLayout {
  const layout = blockLayout(format, type, order);
  if (layout === undefined || layout === "unknown") throw new Error(`${format} ${type} is as today`);
  return layout;
}

/** Every layout that differs from today's, with what its time's programs computed from a row's bytes. */
const halves = (index: number) => (index < 16 ? index : index - 16);
const pairs = (index: number) => index >> 1;
const nibble = (byte: number, high: boolean) => (high ? byte >> 4 : byte & 15);

type Decode = (row: DataView, block: number, index: number) => number;
const half = (bits: number) => {
  const target = new Float32Array(1);
  loadGgmlNative().toF32("F16", new Uint8Array(Uint16Array.of(bits).buffer), target, 1, 1);
  return target[0] ?? 0;
};
const layouts: [string, BlockLayout, Decode][] = [
  ...(["ggml", "ggmf-v1", "ggjt-v1"] as const).flatMap((format): [string, BlockLayout, Decode][] => [
    [
      `${format} Q4_0`,
      layoutOf(format, "Q4_0"),
      (row, block, index) =>
        (nibble(row.getUint8(block * 20 + 4 + pairs(index)), index % 2 === 1) - 8) * row.getFloat32(block * 20, true),
    ],
    [
      `${format} Q4_1`,
      layoutOf(format, "Q4_1"),
      (row, block, index) =>
        nibble(row.getUint8(block * 24 + 8 + pairs(index)), index % 2 === 1) * row.getFloat32(block * 24, true) +
        row.getFloat32(block * 24 + 4, true),
    ],
  ]),
  [
    "ggml Q4_0 in planes",
    layoutOf("ggml", "Q4_0", "planes"),
    (row, block, index) =>
      (nibble(row.getUint8(blocksPerRow * 4 + block * 16 + pairs(index)), index % 2 === 1) - 8) *
      row.getFloat32(block * 4, true),
  ],
  [
    "ggml Q4_1 in planes",
    layoutOf("ggml", "Q4_1", "planes"),
    (row, block, index) =>
      nibble(row.getUint8(blocksPerRow * 8 + block * 16 + pairs(index)), index % 2 === 1) *
        row.getFloat32(blocksPerRow * 4 + block * 4, true) +
      row.getFloat32(block * 4, true),
  ],
  [
    "ggjt-v1 Q5_0",
    layoutOf("ggjt-v1", "Q5_0"),
    (row, block, index) =>
      (nibble(row.getUint8(block * 22 + 6 + pairs(index)), index % 2 === 1) +
        16 * ((row.getUint32(block * 22 + 2, true) >>> index) & 1) -
        16) *
      half(row.getUint16(block * 22, true)),
  ],
  [
    "ggjt-v1 Q5_1",
    layoutOf("ggjt-v1", "Q5_1"),
    (row, block, index) =>
      (nibble(row.getUint8(block * 24 + 8 + pairs(index)), index % 2 === 1) +
        16 * ((row.getUint32(block * 24 + 4, true) >>> index) & 1)) *
        half(row.getUint16(block * 24, true)) +
      half(row.getUint16(block * 24 + 2, true)),
  ],
  ...(["ggjt-v1", "ggjt-v2"] as const).map((format): [string, BlockLayout, Decode] => [
    `${format} Q8_0`,
    layoutOf(format, "Q8_0"),
    (row, block, index) => row.getInt8(block * 36 + 4 + index) * row.getFloat32(block * 36, true),
  ]),
  [
    "ggjt-v2 Q4_0",
    layoutOf("ggjt-v2", "Q4_0"),
    (row, block, index) =>
      (nibble(row.getUint8(block * 20 + 4 + halves(index)), index >= 16) - 8) * row.getFloat32(block * 20, true),
  ],
  [
    "ggjt-v2 Q4_1",
    layoutOf("ggjt-v2", "Q4_1"),
    (row, block, index) =>
      nibble(row.getUint8(block * 24 + 8 + halves(index)), index >= 16) * row.getFloat32(block * 24, true) +
      row.getFloat32(block * 24 + 4, true),
  ],
];

/** Bytes of any value with scales and minima of 7 bits, so that F16 holds them and sums of products are exact. */
function randomRows(layout: BlockLayout): Uint8Array {
  const rowBytes = blocksPerRow * layoutBlockBytes(layout);
  const bytes = Uint8Array.from({ length: rows * rowBytes }, (_, index) => (index * 151 + (index >> 3) * 89) & 255);
  const view = new DataView(bytes.buffer);
  let next = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let block = 0; block < blocksPerRow; block += 1) {
      for (let index = 0; index < layout.scaleCount; index += 1) {
        const value = ((next * 29 + 5) % 127) / 64 - (next % 2);
        next += 1;
        const inRow =
          layout.rowOrder === "blocks"
            ? block * layoutBlockBytes(layout) + index * layout.scaleBytes
            : (index * blocksPerRow + block) * 4;
        if (layout.scaleBytes === 4) view.setFloat32(row * rowBytes + inRow, value, true);
        else loadGgmlNative().fromF32("F16", Float32Array.of(value), bytes.subarray(row * rowBytes + inRow), 1, 1);
      }
    }
  }
  return bytes;
}

describe("repackRows keeps every value of", () => {
  for (const [title, layout, decode] of layouts) {
    it(title, () => {
      const bytes = randomRows(layout);
      const repacked = repackRows(layout, bytes, rows, columns);
      expect(repacked?.length).toBe(rows * rowSizeBytes(layout.type, columns));
      const values = new Float32Array(rows * columns);
      loadGgmlNative().toF32(layout.type, repacked ?? bytes, values, rows, columns);
      const rowBytes = bytes.length / rows;
      const expected = Array.from(values, (_, position) => {
        const row = new DataView(bytes.buffer, Math.floor(position / columns) * rowBytes, rowBytes);
        return decode(row, Math.floor((position % columns) / 32), position % 32);
      });
      expect([...values]).toEqual(expected);
      expect(new Set(expected).size).toBeGreaterThan(20);
    });
  }
});

describe("repackRows", () => {
  const layout = layoutOf("ggjt-v2", "Q8_0");
  const row = (scale: number) => {
    const bytes = new Uint8Array(36).fill(1);
    new DataView(bytes.buffer).setFloat32(0, scale, true);
    return bytes;
  };

  it("rounds scales to the nearest F16, ties to even", () => {
    const bits = (scale: number) => {
      const bytes = repackRows(layout, row(scale), 1, 32);
      return bytes === undefined ? undefined : new DataView(bytes.buffer).getUint16(0, true);
    };
    expect(bits(1)).toBe(0x3c00);
    expect(bits(1 + 2 ** -11)).toBe(0x3c00);
    expect(bits(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(bits(1 + 2 ** -11 + 2 ** -20)).toBe(0x3c01);
    expect(bits(-(2 ** -24))).toBe(0x8001);
    expect(bits(65504)).toBe(0x7bff);
  });

  it("refuses scales that are NaN, infinite or too large for F16", () => {
    for (const scale of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 65520, -1e30])
      expect(repackRows(layout, row(scale), 1, 32), String(scale)).toBeUndefined();
    const q5 = layoutOf("ggjt-v1", "Q5_0");
    const bytes = new Uint8Array(22);
    bytes[1] = 0x7c;
    expect(repackRows(q5, bytes, 1, 32)).toBeUndefined();
  });

  it("leaves what is as today to be copied", () => {
    for (const format of ggmlFormats)
      for (const type of ["F32", "F16"] as const) expect(blockLayout(format, type)).toBeUndefined();
    for (const type of ["Q4_0", "Q5_1", "Q8_0", "Q2_K", "Q6_K"] as const)
      expect(blockLayout("ggjt-v3", type)).toBeUndefined();
    for (const type of ["Q5_0", "Q5_1"] as const) expect(blockLayout("ggjt-v2", type)).toBeUndefined();
  });

  it("knows which types a format never had", () => {
    for (const format of ["ggml", "ggmf-v1"] as const)
      for (const type of ["Q5_0", "Q5_1", "Q8_0", "Q4_K"] as const) expect(blockLayout(format, type)).toBe("unknown");
    for (const format of ["ggjt-v1", "ggjt-v2"] as const) expect(blockLayout(format, "Q2_K")).toBe("unknown");
  });
});

import type { RandomBytes } from "../RandomBytes.js";
import { type BlockLayout, blockLayout, layoutBlockValues } from "./blockLayout.js";
import { ggmlError } from "./ggmlError.js";
import type { GgmlTensorInfo } from "./readGgmlTensors.js";
import { readScale } from "./repackRows.js";

/** What weights, and so scales and minima, can be; read from the wrong place, most numbers are far outside. */
const magnitudeMin = 1e-10;
const magnitudeMax = 1e3;
/** Of the blocks looked at: right is at least so many plausible, wrong at most so many. */
const rightShareMin = 0.999;
const wrongShareMax = 0.9;
const tensorsLookedAt = 8;
const rowsLookedAt = 16;

/**
 * Unversioned files hold Q4_0 and Q4_1 in one of two row orders of the same size: the very first quantizer wrote each row
 * as planes, alpaca.cpp went on doing so for Q4_1, llama.cpp soon wrote blocks. Nothing in the file says which, but read
 * in the wrong order scales are absurd: negative, infinite or of any size. Throws `ggml_invalid` unless the numbers make
 * one order all but certain.
 */
export async function chooseRowOrder(
  source: RandomBytes,
  tensors: readonly GgmlTensorInfo[],
  type: "Q4_0" | "Q4_1",
): Promise<BlockLayout["rowOrder"]> {
  const plausible = { blocks: 0, planes: 0 };
  let blockCount = 0;
  const candidates = tensors.filter((tensor) => tensor.type === type);
  for (const tensor of spread(candidates, tensorsLookedAt)) {
    const blocksPerRow = (tensor.shape.at(-1) ?? 0) / layoutBlockValues;
    const rowNumbers = Array.from({ length: tensor.shape.length === 2 ? (tensor.shape[0] ?? 0) : 1 }, (_, row) => row);
    for (const row of spread(rowNumbers, rowsLookedAt)) {
      const bytes = await source.read(tensor.offset + row * tensor.rowBytes, tensor.rowBytes);
      // A row of zeros (an unused token) is the same in both orders.
      if (bytes.every((byte) => byte === 0)) continue;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (const order of ["blocks", "planes"] as const)
        plausible[order] += countPlausible(layoutOf(type, order), view, blocksPerRow);
      blockCount += blocksPerRow;
    }
  }
  const share = (order: BlockLayout["rowOrder"]) => (blockCount === 0 ? 0 : plausible[order] / blockCount);
  if (share("blocks") >= rightShareMin && share("planes") <= wrongShareMax) return "blocks";
  if (share("planes") >= rightShareMin && share("blocks") <= wrongShareMax) return "planes";
  // Rows of one block are the same in both orders when there is no minimum.
  if (type === "Q4_0" && share("blocks") >= rightShareMin && candidates.every(isOneBlockWide)) return "blocks";
  throw ggmlError(
    source.name,
    `its ${type} values make sense in neither or in both of the two orders in which such files were written`,
    "The file is damaged, or from a program that Cria does not know: look for a GGUF file of the model.",
  );
}

function layoutOf(type: "Q4_0" | "Q4_1", rowOrder: BlockLayout["rowOrder"]): BlockLayout {
  const layout = blockLayout("ggml", type, rowOrder);
  if (layout === undefined || layout === "unknown") throw new Error(`${type} has one layout only`);
  return layout;
}

function countPlausible(layout: BlockLayout, row: DataView, blocksPerRow: number): number {
  let count = 0;
  for (let block = 0; block < blocksPerRow; block += 1) {
    const scale = readScale(layout, row, blocksPerRow, block, 0);
    if (!isPlausible(scale)) continue;
    // Beside a minimum the scale is never negative.
    if (layout.scaleCount === 2 && !(scale >= 0 && isPlausible(readScale(layout, row, blocksPerRow, block, 1))))
      continue;
    count += 1;
  }
  return count;
}

function isPlausible(value: number): boolean {
  const magnitude = Math.abs(value);
  return magnitude === 0 || (magnitude >= magnitudeMin && magnitude <= magnitudeMax);
}

function isOneBlockWide({ shape }: GgmlTensorInfo): boolean {
  return shape.at(-1) === layoutBlockValues;
}

/** At most `count` of the items, evenly spread. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)] as T);
}

import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { memoryBytes } from "../fixtures/memoryBytes.js";
import { tinyMetaTensors } from "../fixtures/tinyLlama.js";
import {
  pickledTensors,
  type TorchTensor,
  torchArchive,
  torchBytes,
  torchLegacyBytes,
  torchLegacyFile,
} from "../fixtures/torchFile.js";
import { toFloat32 } from "../floats/plainRows.js";
import { rowSizeBytes } from "../ggmlTypes.js";
import type { SourceTensor } from "../TensorSource.js";
import { openTorchFile } from "./openTorchFile.js";
import type { PickleTensor } from "./PickleValue.js";
import { readPickle } from "./readPickle.js";
import { torchContext } from "./torchContext.js";

const tensors = tinyMetaTensors();
const open = (bytes: Uint8Array) => openTorchFile(memoryBytes(bytes, "tiny.pth"));

async function values(tensor: SourceTensor | undefined, firstRow: number, rowCount: number): Promise<number[]> {
  return [...toFloat32("F32", (await tensor?.readRows(firstRow, rowCount)) ?? new Uint8Array())];
}

describe.each([
  ["a zip archive", torchBytes],
  ["a file of torch before 1.6", torchLegacyBytes],
])("%s", (_title, write) => {
  it.each(["F32", "F16", "BF16"] as const)("gives every %s tensor", async (type) => {
    const found = await open(write(tensors, type));
    expect([...found.keys()]).toEqual([...tensors.keys()]);
    for (const [name, { shape, values }] of tensors) {
      const tensor = found.get(name);
      expect(tensor).toMatchObject({ type, shape });
      const rows = shape.length === 1 ? 1 : (shape[0] ?? 0);
      expect(toFloat32(type, (await tensor?.readRows(0, rows)) ?? new Uint8Array()), name).toEqual(values);
    }
  });
});

describe("tensors that share a storage or are not row-major", () => {
  const storage = new Uint8Array(Float32Array.from({ length: 24 }, (_, index) => index).buffer);
  const openOne = async (tensor: Pick<TorchTensor, "shape" | "strides" | "offset">) =>
    (
      await open(
        torchArchive(pickledTensors([{ name: "t", type: "F32", storage: "0", length: 24, ...tensor }]), [storage]),
      )
    ).get("t");

  it("begins at the storage offset", async () => {
    const tensor = await openOne({ shape: [2, 3], strides: [3, 1], offset: 6 });
    expect(await values(tensor, 0, 2)).toEqual([6, 7, 8, 9, 10, 11]);
    expect(await values(tensor, 1, 1)).toEqual([9, 10, 11]);
  });

  it("reads a slice of columns", async () => {
    const tensor = await openOne({ shape: [3, 2], strides: [8, 1], offset: 3 });
    expect(await values(tensor, 0, 3)).toEqual([3, 4, 11, 12, 19, 20]);
    expect(await values(tensor, 1, 2)).toEqual([11, 12, 19, 20]);
  });

  it("reads a transposed matrix", async () => {
    const tensor = await openOne({ shape: [6, 4], strides: [1, 6] });
    expect(await values(tensor, 0, 1)).toEqual([0, 6, 12, 18]);
    expect(await values(tensor, 4, 2)).toEqual([4, 10, 16, 22, 5, 11, 17, 23]);
  });

  it("reads an expanded row, a vector with steps and more dimensions", async () => {
    expect(await values(await openOne({ shape: [2, 3], strides: [0, 1] }), 0, 2)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(await values(await openOne({ shape: [4], strides: [5], offset: 2 }), 0, 1)).toEqual([2, 7, 12, 17]);
    expect(await values(await openOne({ shape: [2, 2, 3], strides: [3, 12, 1] }), 1, 3)).toEqual([
      12, 13, 14, 3, 4, 5, 15, 16, 17,
    ]);
  });

  it("reads storages that are views of others", async () => {
    const view = { offset: 10, length: 4 };
    const tensor = { name: "t", type: "F32", storage: "0", length: 24, shape: [2, 2], strides: [2, 1], view } as const;
    const found = await open(torchLegacyFile([tensor], [{ key: "0", length: 24, bytes: storage }]));
    expect(await values(found.get("t"), 0, 2)).toEqual([10, 11, 12, 13]);
  });
});

describe("files that torch itself wrote", () => {
  /** The pickle of a real file; its storages are stood in for by zeros. */
  const root = new URL("../../../../server/weights/fixtures/torch/", import.meta.url);

  it.each([
    ["torch-2.13-meta.pkl", "F16", 58, "layers.5.feed_forward.w2.weight", [256, 768]],
    ["torch-1.13-meta-shard.pkl", "F16", 58, "layers.5.feed_forward.w2.weight", [256, 384]],
    ["torch-2.13-hf-shard.pkl", "BF16", 29, "model.layers.0.self_attn.k_proj.weight", [128, 256]],
  ] as const)("reads the pickle %s", async (name, type, count, tensorName, shape) => {
    const dataPkl = await readFile(new URL(name, root));
    const { value } = readPickle(dataPkl, 0, torchContext(name));
    const lengths =
      value instanceof Map ? [...value.values()].map((item) => (item as PickleTensor).storage.length) : [];
    const found = await open(
      torchArchive(
        dataPkl,
        lengths.map((length) => new Uint8Array(2 * length)),
      ),
    );
    expect(found.size).toBe(count);
    expect(found.get(tensorName)).toMatchObject({ type, shape });
    for (const tensor of found.values()) {
      const rows = tensor.shape.length === 1 ? 1 : (tensor.shape[0] ?? 0);
      const bytes = await tensor.readRows(rows - 1, 1);
      expect(bytes, tensor.name).toHaveLength(rowSizeBytes(type, tensor.shape.at(-1) ?? 0));
    }
  });
});

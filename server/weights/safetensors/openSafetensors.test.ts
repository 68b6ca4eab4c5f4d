import { describe, expect, it } from "vitest";
import { memoryBytes } from "../fixtures/memoryBytes.js";
import { memoryFiles } from "../fixtures/memoryFiles.js";
import { rawSafetensors, safetensorsBytes, tinyHuggingFaceTensors } from "../fixtures/tinyLlama.js";
import { toFloat32 } from "../floats/plainRows.js";
import { openSafetensors } from "./openSafetensors.js";
import { readSafetensorsHeader } from "./readSafetensorsHeader.js";

const tensors = tinyHuggingFaceTensors();
const half = (first: boolean) => new Map([...tensors].filter((_, index) => index < 8 === first));

describe("openSafetensors", () => {
  it.each(["F32", "F16", "BF16"] as const)("reads every tensor of a %s file", async (type) => {
    const source = await openSafetensors(memoryFiles({ "model.safetensors": safetensorsBytes(tensors, type) }));
    expect([...source.tensors.keys()]).toEqual([...tensors.keys()]);
    for (const [name, { shape, values }] of tensors) {
      const tensor = source.tensors.get(name);
      expect(tensor).toMatchObject({ type, shape, part: 0 });
      const rows = shape.length === 1 ? 1 : (shape[0] ?? 0);
      expect(toFloat32(type, (await tensor?.readRows(0, rows)) ?? new Uint8Array())).toEqual(values);
    }
    await source.close();
  });

  it("reads some rows", async () => {
    const source = await openSafetensors(memoryFiles({ "model.safetensors": safetensorsBytes(tensors, "F16") }));
    const { values } = tensors.get("lm_head.weight") ?? { values: new Float32Array() };
    const bytes = await source.tensors.get("lm_head.weight")?.readRows(7, 2);
    expect(toFloat32("F16", bytes ?? new Uint8Array())).toEqual(values.subarray(7 * 64, 9 * 64));
  });

  it("takes shards together in the order of their names", async () => {
    const names = [...tensors.keys()];
    const source = await openSafetensors(
      memoryFiles({
        "model.safetensors.index.json": {
          weight_map: Object.fromEntries(
            names.map((name, index) => [name, `model-0000${index < 8 ? 1 : 2}-of-00002.safetensors`]),
          ),
        },
        "model-00002-of-00002.safetensors": safetensorsBytes(half(false), "BF16"),
        "model-00001-of-00002.safetensors": safetensorsBytes(half(true), "BF16"),
      }),
    );
    expect([...source.tensors.keys()]).toEqual(names);
    expect([...source.tensors.values()].map((tensor) => tensor.part)).toEqual(
      names.map((_, index) => (index < 8 ? 0 : 1)),
    );
  });
});

describe("openSafetensors on shards that do not fit together", () => {
  const index = (entries: Record<string, unknown>) => ({ weight_map: entries });
  const shard = safetensorsBytes(half(true), "F16");
  const name = [...tensors.keys()][0] ?? "";

  it.each([
    [
      "a missing shard",
      { "model.safetensors.index.json": index({ [name]: "gone.safetensors" }) },
      /of which 1 is missing: gone.safetensors/,
    ],
    [
      "a name that leads elsewhere",
      { "model.safetensors.index.json": index({ [name]: "../a.safetensors" }) },
      /names no file/,
    ],
    ["no list", { "model.safetensors.index.json": {} }, /no list of tensors/],
    ["an empty list", { "model.safetensors.index.json": index({}) }, /no list of tensors/],
    ["no JSON", { "model.safetensors.index.json": "{" }, /not valid JSON/],
    [
      "a tensor that no shard has",
      { "model.safetensors.index.json": index({ other: "a.safetensors" }), "a.safetensors": shard },
      /has the tensor "other", but no file has it/,
    ],
    [
      "a tensor twice",
      {
        "model.safetensors.index.json": index({ [name]: "a.safetensors", b: "b.safetensors" }),
        "a.safetensors": shard,
        "b.safetensors": shard,
      },
      /Two shards have the tensor/,
    ],
  ])("refuses %s", async (_title, contents, message) => {
    await expect(openSafetensors(memoryFiles(contents))).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringMatching(message),
    });
  });
});

describe("readSafetensorsHeader on malformed files", () => {
  const entry = (dtype: unknown, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets });
  const tooLong = Buffer.alloc(100);
  tooLong.writeBigUInt64LE(2n ** 63n);
  const cutOff = Buffer.alloc(100);
  cutOff.writeBigUInt64LE(93n);

  it.each<[string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(), /empty or cut off/],
    ["a header of 2^63 bytes", tooLong, /says that its header has 9223372036854776000 bytes/],
    ["a header past the end", cutOff, /header ends at byte 101, but the file has only 100/],
    ["no JSON", rawSafetensors("{nonsense"), /not valid JSON/],
    ["an array", rawSafetensors("[]"), /not an object/],
    ["an entry that is a number", rawSafetensors({ a: 1 }), /entry of "a"/],
    ["an unknown type", rawSafetensors({ a: entry("F128", [1], [0, 16]) }, new Uint8Array(16)), /unknown type "F128"/],
    ["no type", rawSafetensors({ a: entry(undefined, [1], [0, 4]) }, new Uint8Array(4)), /has no type/],
    ["a shape of text", rawSafetensors({ a: entry("F32", "1", [0, 4]) }, new Uint8Array(4)), /no valid shape/],
    [
      "a negative dimension",
      rawSafetensors({ a: entry("F32", [-1, -1], [0, 4]) }, new Uint8Array(4)),
      /no valid shape/,
    ],
    ["a dimension of 1e300", rawSafetensors({ a: entry("F32", [1e300], [0, 4]) }, new Uint8Array(4)), /no valid shape/],
    [
      "a product of 2^100",
      rawSafetensors({ a: entry("F32", [2 ** 50, 2 ** 50], [0, 4]) }, new Uint8Array(4)),
      /instead of the/,
    ],
    ["one offset", rawSafetensors({ a: entry("F32", [1], [4]) }, new Uint8Array(4)), /no valid offsets/],
    [
      "offsets backwards",
      rawSafetensors({ a: entry("F32", [1], [4, 0]) }, new Uint8Array(4)),
      /has -4 bytes instead of the 4/,
    ],
    [
      "a size that is not the shape's",
      rawSafetensors({ a: entry("F32", [2], [0, 4]) }, new Uint8Array(4)),
      /has 4 bytes instead of the 8/,
    ],
    ["tensors past the end", rawSafetensors({ a: entry("F32", [2], [0, 8]) }, new Uint8Array(4)), /the file has only/],
    [
      "bytes after the last tensor",
      rawSafetensors({ a: entry("F32", [1], [0, 4]) }, new Uint8Array(5)),
      /1 bytes after its last tensor/,
    ],
    ["a hole", rawSafetensors({ a: entry("F32", [1], [4, 8]) }, new Uint8Array(8)), /overlap or leave holes/],
    [
      "tensors on top of each other",
      rawSafetensors({ a: entry("F32", [1], [0, 4]), b: entry("F32", [1], [0, 4]) }, new Uint8Array(4)),
      /overlap or leave holes/,
    ],
    [
      "a tensor twice",
      rawSafetensors(
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
        new Uint8Array(8),
      ),
      /overlap or leave holes/,
    ],
  ])("refuses %s", async (_title, bytes, message) => {
    await expect(readSafetensorsHeader(memoryBytes(bytes))).rejects.toMatchObject({
      code: "safetensors_invalid",
      message: expect.stringMatching(message),
    });
  });

  it("says that quantized weights cannot be converted", async () => {
    const bytes = rawSafetensors({ a: entry("F8_E4M3", [4], [0, 4]) }, new Uint8Array(4));
    await expect(readSafetensorsHeader(memoryBytes(bytes))).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringContaining("F8_E4M3"),
    });
  });

  it("refuses a file cut off anywhere", async () => {
    const whole = safetensorsBytes(new Map([["a", { shape: [4], values: Float32Array.of(1, 2, 3, 4) }]]), "F32");
    await expect(readSafetensorsHeader(memoryBytes(whole))).resolves.toBeDefined();
    for (let length = 0; length < whole.length; length += 1)
      await expect(readSafetensorsHeader(memoryBytes(whole.subarray(0, length)))).rejects.toMatchObject({
        code: "safetensors_invalid",
      });
  });
});

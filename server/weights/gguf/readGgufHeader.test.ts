import { fileURLToPath } from "node:url";
import { gguf } from "@huggingface/gguf";
import { describe, expect, it } from "vitest";
import { AppError } from "../../platform/AppError.js";
import { memoryBytes } from "../fixtures/memoryBytes.js";
import { RawGguf } from "../fixtures/rawGguf.js";
import { encodeGgufHeader } from "./encodeGgufHeader.js";
import { GgufStringArray } from "./GgufStringArray.js";
import type { GgufMetadata, GgufValue } from "./GgufValue.js";
import { type GgufHeader, readGgufHeader } from "./readGgufHeader.js";

const demoPath = fileURLToPath(new URL("../../../../models/demo/demo-q8_0.gguf", import.meta.url));

const read = (bytes: Uint8Array): Promise<GgufHeader> => readGgufHeader(memoryBytes(bytes));

function plain(value: GgufValue): unknown {
  if (value.type !== "array") return value.value;
  return value.itemType === "string" ? [...value.value] : Array.from(value.value as Iterable<unknown>);
}

describe("readGgufHeader", () => {
  it("reads the demo model as @huggingface/gguf does", async () => {
    const header = await readGgufHeader(demoPath);
    const other = await gguf(demoPath, { allowLocalFile: true });

    const { version, tensor_count, kv_count, ...metadata } = other.metadata as Record<string, unknown>;
    expect(header.version).toBe(version);
    expect(BigInt(header.tensors.size)).toBe(tensor_count);
    expect(BigInt(header.metadata.size)).toBe(kv_count);
    expect(Object.fromEntries([...header.metadata].map(([key, value]) => [key, plain(value)]))).toEqual(metadata);
    expect(header.dataOffset).toBe(Number(other.tensorDataOffset));
    expect([...header.tensors.values()].map(({ name, shape, offset }) => ({ name, shape, offset }))).toEqual(
      other.tensorInfos.map((info) => ({
        name: info.name,
        shape: info.shape.map(Number).toReversed(),
        offset: Number(info.offset) + header.dataOffset,
      })),
    );
  });

  it("reads back every metadata type", async () => {
    const metadata: GgufMetadata = new Map<string, GgufValue>([
      ["u8", { type: "uint8", value: 255 }],
      ["i8", { type: "int8", value: -128 }],
      ["u16", { type: "uint16", value: 65_535 }],
      ["i16", { type: "int16", value: -32_768 }],
      ["u32", { type: "uint32", value: 2 ** 32 - 1 }],
      ["i32", { type: "int32", value: -(2 ** 31) }],
      ["u64", { type: "uint64", value: 2n ** 64n - 1n }],
      ["i64", { type: "int64", value: -(2n ** 63n) }],
      ["f32", { type: "float32", value: Math.fround(1e-5) }],
      ["f64", { type: "float64", value: Math.PI }],
      ["yes", { type: "bool", value: true }],
      ["no", { type: "bool", value: false }],
      ["text", { type: "string", value: "▁Ünïcode 🦙\n" }],
      ["empty", { type: "string", value: "" }],
      ["texts", { type: "array", itemType: "string", value: ["", "▁a", "<0x0A>", "🦙", "\ufeff"] }],
      ["none", { type: "array", itemType: "string", value: [] }],
      ["bools", { type: "array", itemType: "bool", value: Uint8Array.of(0, 1, 1) }],
      ["u8s", { type: "array", itemType: "uint8", value: Uint8Array.of(0, 255) }],
      ["i8s", { type: "array", itemType: "int8", value: Int8Array.of(-1, 127) }],
      ["u16s", { type: "array", itemType: "uint16", value: Uint16Array.of(1, 65_535) }],
      ["i16s", { type: "array", itemType: "int16", value: Int16Array.of(-1, 32_767) }],
      ["u32s", { type: "array", itemType: "uint32", value: Uint32Array.of(1, 2 ** 32 - 1) }],
      ["i32s", { type: "array", itemType: "int32", value: Int32Array.of(-1, 6) }],
      ["u64s", { type: "array", itemType: "uint64", value: BigUint64Array.of(2n ** 64n - 1n) }],
      ["i64s", { type: "array", itemType: "int64", value: BigInt64Array.of(-1n) }],
      ["f32s", { type: "array", itemType: "float32", value: Float32Array.of(-0.5, Number.NEGATIVE_INFINITY) }],
      ["f64s", { type: "array", itemType: "float64", value: Float64Array.of(0.1) }],
    ]);
    const header = await read(encodeGgufHeader(metadata, []));
    expect([...header.metadata.keys()]).toEqual([...metadata.keys()]);
    for (const [key, value] of metadata) {
      const found = header.metadata.get(key);
      expect(found?.type, key).toBe(value.type);
      expect(found && plain(found), key).toEqual(plain(value));
    }
    // What was read is written as the same bytes.
    expect(encodeGgufHeader(header.metadata, [])).toEqual(encodeGgufHeader(metadata, []));
  });

  it("keeps strings that are not UTF-8 as the bytes they are", async () => {
    const bytes = RawGguf.start({ entries: 1n })
      .entry("tokens", "array")
      .uint32(8)
      .uint64(2)
      .text("ok")
      .uint64(2)
      .bytes(Uint8Array.of(0xff, 0xfe))
      .done();
    const { metadata } = await read(bytes);
    const tokens = metadata.get("tokens")?.value;
    expect(tokens).toBeInstanceOf(GgufStringArray);
    expect((tokens as GgufStringArray).bytesAt(1)).toEqual(Uint8Array.of(0xff, 0xfe));
    expect((tokens as GgufStringArray).at(1)).toBe("\ufffd\ufffd");
    expect((tokens as GgufStringArray).at(2)).toBeUndefined();
    expect(encodeGgufHeader(metadata, [])).toEqual(bytes);
  });

  it("reads strings and arrays longer than its window", async () => {
    const long = "x".repeat(700_000);
    const tokens = Array.from({ length: 60_000 }, (_, index) => `token ${index} ${"y".repeat(index % 40)}`);
    const scores = Float32Array.from({ length: 300_000 }, (_, index) => -index);
    const metadata: GgufMetadata = new Map<string, GgufValue>([
      ["long", { type: "string", value: long }],
      ["tokens", { type: "array", itemType: "string", value: tokens }],
      ["scores", { type: "array", itemType: "float32", value: scores }],
      ["after", { type: "uint32", value: 7 }],
    ]);
    const header = await read(encodeGgufHeader(metadata, []));
    expect([...header.metadata.values()].map(plain)).toEqual([long, tokens, Array.from(scores), 7]);
  });

  it("reads version 2", async () => {
    const header = await read(RawGguf.start({ version: 2, entries: 1n }).entry("a", "uint32").uint32(5).done());
    expect(header.version).toBe(2);
    expect(header.metadata.get("a")).toEqual({ type: "uint32", value: 5 });
  });

  it("places tensors by the file's own alignment", async () => {
    const bytes = RawGguf.start({ tensors: 2n, entries: 1n })
      .entry("general.alignment", "uint32")
      .uint32(128)
      .tensor("a", [3, 2], 0, 0)
      .tensor("b", [32], 8, 128)
      .pad(128)
      .bytes(new Uint8Array(128 + 34))
      .done();
    const header = await read(bytes);
    expect(header.alignment).toBe(128);
    expect(header.dataOffset % 128).toBe(0);
    expect([...header.tensors.values()]).toEqual([
      { name: "a", type: "F32", shape: [2, 3], offset: header.dataOffset, sizeBytes: 24 },
      { name: "b", type: "Q8_0", shape: [32], offset: header.dataOffset + 128, sizeBytes: 34 },
    ]);
  });
});

describe("readGgufHeader on malformed files", () => {
  const huge = 2n ** 63n;
  const text = (key: string) => RawGguf.start({ entries: 1n }).entry(key, "string");
  const array = (typeId: number, length: bigint) =>
    RawGguf.start({ entries: 1n }).entry("list", "array").uint32(typeId).uint64(length);
  const tensor = (name: string, dimensions: (bigint | number)[], typeId: number, offset: bigint | number = 0) =>
    RawGguf.start({ tensors: 1n }).tensor(name, dimensions, typeId, offset).pad().bytes(new Uint8Array(1024));

  const cases: [title: string, bytes: RawGguf, message: RegExp][] = [
    ["nothing", new RawGguf(), /empty or cut off/],
    ["a web page", new RawGguf().ascii("<!doctype html><html></html>"), /it is a web page/],
    ["something else", new RawGguf().ascii("once upon a time"), /does not begin with the letters GGUF/],
    ["a ggjt file", new RawGguf().ascii("tjgg").uint64(0).uint64(0), /older format "ggjt"/],
    ["version 0", RawGguf.start({ version: 0 }), /big-endian/],
    ["version 1", RawGguf.start({ version: 1 }), /version 1/],
    ["version 4", RawGguf.start({ version: 4 }), /version 4/],
    ["big-endian", RawGguf.start({ version: 0x03000000 }), /big-endian/],
    ["2^63 tensors", RawGguf.start({ tensors: huge }), /says it has 9223372036854776000 tensors/],
    ["2^63 entries", RawGguf.start({ entries: huge }), /metadata entries/],
    ["more entries than bytes", RawGguf.start({ entries: 100n }), /ends in the middle of the key/],
    ["more tensors than bytes", RawGguf.start({ tensors: 100n }), /ends in the middle of the name of tensor 0/],
    ["an empty key", RawGguf.start({ entries: 1n }).text("").uint32(4).uint32(0), /key of metadata entry 0 is empty/],
    ["a key of 2^63 bytes", RawGguf.start({ entries: 1n }).uint64(huge), /at most 65535/],
    ["a key with NUL", text("a\0b").text("v"), /NUL/],
    ["a key that is not UTF-8", RawGguf.start({ entries: 1n }).uint64(1).ascii("\xff").uint32(4), /UTF-8/],
    [
      "a key twice",
      RawGguf.start({ entries: 2n }).entry("a", "bool").ascii("\0").entry("a", "bool").ascii("\0"),
      /"a" occurs twice/,
    ],
    ["an unknown type", RawGguf.start({ entries: 1n }).text("a").uint32(13), /unknown type 13/],
    ["a string of 2^63 bytes", text("a").uint64(huge), /ends in the middle of the value of "a"/],
    ["a string past the end", text("a").uint64(10).ascii("short"), /ends in the middle/],
    ["a bool of 2", RawGguf.start({ entries: 1n }).entry("a", "bool").ascii("\x02"), /bool of value 2/],
    ["NaN", RawGguf.start({ entries: 1n }).entry("eps", "float32").float32(Number.NaN), /"eps" is not a finite/],
    [
      "infinity",
      RawGguf.start({ entries: 1n })
        .entry("eps", "float32")
        .float32(1 / 0),
      /"eps" is not a finite/,
    ],
    ["NaN in an array", array(6, 2n).float32(0).float32(Number.NaN), /NaN/],
    ["an array of 2^63 numbers", array(4, huge), /more than the file holds/],
    ["an array of 2^61 8-byte numbers", array(10, 2n ** 61n), /more than the file holds/],
    ["an array of 2^63 strings", array(8, huge), /strings; at most/],
    ["an array of a million strings", array(8, 1_000_000n), /more than the file holds/],
    ["an array of an unknown type", array(99, 1n), /unknown type 99/],
    ["nested arrays", array(9, 1n).uint32(9).uint64(1), /arrays as items/],
    ["a long string in an array", array(8, 1n).uint64(2n ** 40n), /longer than/],
    ["a string in an array past the end", array(8, 1n).uint64(99).ascii("x"), /ends in the middle of string 0/],
    ["alignment 0", RawGguf.start({ entries: 1n }).entry("general.alignment", "uint32").uint32(0), /power of two/],
    ["alignment 3", RawGguf.start({ entries: 1n }).entry("general.alignment", "uint32").uint32(3), /power of two/],
    [
      "alignment 2^31",
      RawGguf.start({ entries: 1n })
        .entry("general.alignment", "uint32")
        .uint32(2 ** 31),
      /power of two/,
    ],
    ["alignment text", RawGguf.start({ entries: 1n }).entry("general.alignment", "string").text("32"), /type string/],
    ["a tensor without a name", tensor("", [1], 0), /name of tensor 0 is empty/],
    ["a tensor with a long name", tensor("n".repeat(64), [1], 0), /at most 63/],
    ["no dimensions", tensor("t", [], 0), /0 dimensions/],
    ["5 dimensions", tensor("t", [1, 1, 1, 1, 1], 0), /5 dimensions/],
    [
      "2^32-1 dimensions",
      RawGguf.start({ tensors: 1n })
        .text("t")
        .uint32(2 ** 32 - 1),
      /4294967295 dimensions/,
    ],
    ["a dimension of 0", tensor("t", [4, 0], 0), /dimension of 0/],
    ["a product of 2^64", tensor("t", [2n ** 32n, 2n ** 32n], 0), /more values than a file can hold/],
    ["a product that overflows to a small one", tensor("t", [2n ** 63n, 2n ** 63n, 4n], 0), /more values/],
    ["an unknown tensor type", tensor("t", [32], 4), /unknown type 4/],
    ["rows of half a block", tensor("t", [48], 2), /rows of 48 values/],
    ["a tensor past the end", tensor("t", [1000], 0), /ends at byte \d+, but the file has only/],
    ["an offset of 2^63", tensor("t", [1], 0, huge), /starts at 9223372036854776000 instead of 0/],
    ["a tensor twice", RawGguf.start({ tensors: 2n }).tensor("t", [1], 0).tensor("t", [1], 0, 32), /"t" occurs twice/],
    [
      "tensors on top of each other",
      RawGguf.start({ tensors: 2n }).tensor("a", [1], 0).tensor("b", [1], 0, 0).pad().bytes(new Uint8Array(64)),
      /starts at 0 instead of 32/,
    ],
    ["an unaligned offset", tensor("t", [1], 0, 16), /starts at 16 instead of 0/],
  ];

  it.each(cases)("refuses %s", async (_title, bytes, message) => {
    const error = await read(bytes.done()).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe("gguf_invalid");
    expect((error as AppError).message).toMatch(message);
    expect((error as AppError).hint).toBeTruthy();
  });

  it("refuses a model cut off at any byte of its header", async () => {
    const bytes = encodeGgufHeader(
      new Map<string, GgufValue>([
        ["general.architecture", { type: "string", value: "llama" }],
        ["llama.block_count", { type: "uint32", value: 2 }],
        ["tokens", { type: "array", itemType: "string", value: ["<s>", "</s>", "a"] }],
        ["scores", { type: "array", itemType: "float32", value: Float32Array.of(0, 1, 2) }],
        ["big", { type: "uint64", value: 1n }],
      ]),
      [
        { name: "token_embd.weight", type: "F16", shape: [3, 8] },
        { name: "output_norm.weight", type: "F32", shape: [8] },
      ],
    );
    const whole = Buffer.concat([bytes, Buffer.alloc(96)]);
    await expect(read(whole)).resolves.toBeDefined();
    for (let length = 0; length < whole.length - 1; length += 1)
      await expect(read(whole.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({ code: "gguf_invalid" });
  });

  it("never throws anything but gguf_invalid on flipped bits", async () => {
    const demo = Buffer.from(
      encodeGgufHeader(
        new Map<string, GgufValue>([
          ["general.architecture", { type: "string", value: "llama" }],
          ["tokens", { type: "array", itemType: "string", value: ["<s>", "</s>", "a"] }],
          ["ids", { type: "array", itemType: "int32", value: Int32Array.of(1, 2) }],
        ]),
        [{ name: "t", type: "Q4_0", shape: [2, 64] }],
      ),
    );
    const whole = Buffer.concat([demo, Buffer.alloc(72)]);
    for (let bit = 0; bit < demo.length * 8; bit += 1) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await read(flipped).catch((error: unknown) => {
        expect(error, `bit ${bit}`).toMatchObject({ code: "gguf_invalid" });
      });
    }
  });
});

describe("readGgufHeader on files that cannot be read", () => {
  it("says that there is no such file", async () => {
    await expect(readGgufHeader("/nowhere/missing.gguf")).rejects.toMatchObject({
      code: "weights_unreadable",
      message: '"missing.gguf" could not be read (ENOENT).',
    });
  });

  it("says that a folder is no file", async () => {
    await expect(readGgufHeader(fileURLToPath(new URL(".", import.meta.url)))).rejects.toMatchObject({
      code: "weights_unreadable",
    });
  });
});

import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { memoryBytes } from "../fixtures/memoryBytes.js";
import {
  describeTensors,
  pickle,
  pickledTensors,
  torchArchive,
  torchBytes,
  torchLegacyBytes,
  torchLegacyFile,
} from "../fixtures/torchFile.js";
import { type ZipItem, zipArchive } from "../fixtures/zipArchive.js";
import { openFileBytes } from "../RandomBytes.js";
import { openTorchFile } from "./openTorchFile.js";

const { start, stop, mark, tuple, reduce, global, text, integer, tupleOf, dict, persistentId, none } = pickle;
const openBytes = (bytes: Uint8Array) => openTorchFile(memoryBytes(bytes, "evil.pth"));
const openPickle = (...parts: Buffer[]) => openBytes(torchArchive(Buffer.concat([start, ...parts, stop]), []));

const oneTensor = new Map([["t", { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }]]);
const { entries, storages } = describeTensors(oneTensor, "F32");
const [entry] = entries;
if (entry === undefined) throw new Error("no tensor");

describe("[T17] pickles that want to run something", () => {
  it.each<[string, Buffer[], RegExp]>([
    ["os.system", [global("os", "system"), tupleOf(text("touch /tmp/owned")), reduce], /asks for "os.system"/],
    ["posix.system", [global("posix", "system"), tupleOf(text("id")), reduce], /asks for "posix.system"/],
    ["builtins.eval", [global("builtins", "eval"), tupleOf(text("1")), reduce], /asks for "builtins.eval"/],
    [
      "Python 2's __builtin__",
      [global("__builtin__", "exec"), tupleOf(text("1")), reduce],
      /asks for "__builtin__.exec"/,
    ],
    [
      "a name from the stack",
      [text("os"), text("system"), Buffer.of(0x93), tupleOf(text("id")), reduce],
      /asks for "os.system"/,
    ],
    [
      "torch's own loader of bytes",
      [global("torch.storage", "_load_from_bytes"), tupleOf(text("x")), reduce],
      /asks for "torch.storage._load_from_bytes"/,
    ],
    [
      "an innocent name with a long way",
      [global("torch", "Tensor.__class__.__base__"), reduce],
      /asks for "torch.Tensor.__class__/,
    ],
    ["Object.prototype's names", [global("__proto__", "constructor"), reduce], /asks for "__proto__.constructor"/],
    [
      "a storage class as a function",
      [global("torch", "HalfStorage"), tupleOf(integer(1)), reduce],
      /calls "torch.HalfStorage"/,
    ],
    ["a text as a function", [text("os.system"), tupleOf(), reduce], /calls something that is no function/],
    ["INST", [mark, Buffer.from("ios\nsystem\n")], /instruction INST/],
    ["OBJ", [mark, global("collections", "OrderedDict"), Buffer.from("o")], /instruction OBJ/],
    ["NEWOBJ", [global("collections", "OrderedDict"), tupleOf(), Buffer.of(0x81)], /instruction NEWOBJ/],
    ["EXT1", [Buffer.of(0x82, 1)], /instruction EXT1/],
    ["an instruction from a newer protocol", [Buffer.of(0x96)], /instruction 0x96/],
    ["attributes of a text", [text("x"), dict, Buffer.from("b")], /sets attributes/],
    ["a persistent id that is no storage", [tupleOf(text("module"), text("x")), persistentId], /no storage/],
  ])("are refused by name: %s", async (_title, parts, message) => {
    await expect(openPickle(...parts)).rejects.toMatchObject({
      code: "pickle_refused",
      message: expect.stringMatching(message),
      hint: expect.stringContaining("safetensors"),
    });
  });

  it("are refused in files of torch before 1.6 too", async () => {
    const evil = Buffer.concat([start, global("os", "system"), tupleOf(text("id")), reduce, stop]);
    await expect(openBytes(evil)).rejects.toMatchObject({ code: "pickle_refused" });
  });
});

describe("damaged pickles", () => {
  const storageOf = (...more: Buffer[]) =>
    Buffer.concat([
      tupleOf(text("storage"), global("torch", "FloatStorage"), text("0"), text("cpu"), ...more),
      persistentId,
    ]);
  const rebuild = (...args: Buffer[]) => [global("torch._utils", "_rebuild_tensor_v2"), tupleOf(...args), reduce];
  const huge = Buffer.from("8a05ffffffff7f", "hex");

  it.each<[string, Buffer[], RegExp]>([
    ["nothing on the stack", [], /the stack is empty/],
    ["a number", [integer(5)], /no dict of tensors/],
    ["an empty dict", [dict], /no tensors/],
    ["no mark", [tuple], /a mark is missing/],
    ["an unknown protocol", [Buffer.of(0x80, 0)], /version 0/],
    ["a text past the end", [Buffer.from("X\xff\xff\xff\x7f", "latin1")], /ends in the middle/],
    ["a text that is not UTF-8", [Buffer.from("X\x01\x00\x00\x00\xff", "latin1")], /not valid UTF-8/],
    ["a name without an end", [Buffer.from("cos")], /ends in the middle/],
    ["a memory that never was", [Buffer.from("h\x05")], /never remembered/],
    ["remembering nothing", [Buffer.from("q\x05")], /remembers nothing/],
    ["items of a text", [text("x"), mark, text("a"), text("b"), Buffer.from("u")], /no dict/],
    ["an odd number of items", [dict, mark, text("a"), Buffer.from("u")], /no dict/],
    ["appending to a text", [text("x"), text("y"), Buffer.from("a")], /no list/],
    ["a storage without a length", [storageOf()], /a storage in it is damaged/],
    ["a storage of a negative length", [storageOf(integer(-1))], /a storage in it is damaged/],
    ["a tensor without a storage", rebuild(none, integer(0), tupleOf(), tupleOf()), /a tensor in it is damaged/],
    [
      "a negative offset",
      rebuild(storageOf(integer(4)), integer(-1), tupleOf(), tupleOf()),
      /a tensor in it is damaged/,
    ],
    [
      "a shape without strides",
      rebuild(storageOf(integer(4)), integer(0), tupleOf(integer(2)), tupleOf()),
      /no valid shape/,
    ],
    [
      "a negative dimension",
      rebuild(storageOf(integer(4)), integer(0), tupleOf(integer(-2)), tupleOf(integer(1))),
      /no valid shape/,
    ],
    [
      "a negative stride",
      rebuild(storageOf(integer(4)), integer(0), tupleOf(integer(2)), tupleOf(integer(-1))),
      /no valid shape/,
    ],
    [
      "a tensor larger than its storage",
      rebuild(storageOf(integer(4)), integer(0), tupleOf(integer(5)), tupleOf(integer(1))),
      /larger than its storage/,
    ],
    [
      "an offset past its storage",
      rebuild(storageOf(integer(4)), integer(3), tupleOf(integer(2)), tupleOf(integer(1))),
      /larger than its storage/,
    ],
    [
      "a dimension of 2^39",
      rebuild(storageOf(integer(4)), integer(0), tupleOf(huge), tupleOf(integer(1))),
      /larger than its storage/,
    ],
  ])("are refused: %s", async (_title, parts, message) => {
    await expect(openPickle(...parts)).rejects.toMatchObject({
      code: "pytorch_invalid",
      message: expect.stringMatching(message),
    });
  });

  it("are refused when nested too deeply or remembering too much", async () => {
    await expect(openPickle(Buffer.alloc(2 ** 21, "("))).rejects.toThrow(/nested too deeply/);
    const remember = Buffer.alloc(5 * (2 ** 20 + 1));
    for (let index = 0; index * 5 < remember.length; index += 1) {
      remember.write("r", index * 5);
      remember.writeUInt32LE(index, index * 5 + 1);
    }
    await expect(openPickle(none, remember)).rejects.toThrow(/remembers too much/);
  });
});

describe("[T18] damaged zip archives", () => {
  const dataPkl = { name: "archive/data.pkl", bytes: pickledTensors(entries) };
  const data = { name: "archive/data/0", bytes: storages[0] ?? new Uint8Array() };

  it.each<[string, ZipItem[], RegExp]>([
    ["no pickle", [data], /0 entries "data.pkl"/],
    ["two pickles", [dataPkl, { ...dataPkl, name: "other/data.pkl" }, data], /2 entries "data.pkl"/],
    ["a pickle deeper down", [{ ...dataPkl, name: "a/b/data.pkl" }, data], /0 entries "data.pkl"/],
    ["an entry twice", [dataPkl, data, data], /"archive\/data\/0" twice/],
    [
      "a way out of the folder",
      [dataPkl, data, { name: "../../etc/cron.d/evil", bytes: new Uint8Array(1) }],
      /zip archive is damaged \(invalid relative path/,
    ],
    [
      "an absolute name",
      [dataPkl, data, { name: "/etc/passwd", bytes: new Uint8Array(1) }],
      /zip archive is damaged \(absolute path/,
    ],
    ["a compressed entry", [dataPkl, { ...data, method: 8 }], /"archive\/data\/0" is compressed/],
    ["an encrypted entry", [dataPkl, { ...data, flags: 1 }], /is encrypted|size mismatch for stored file/],
    ["a size that lies", [dataPkl, { ...data, sizeBytes: 1_000_000 }], /overlaps|has only/],
    ["a missing storage", [dataPkl], /the values of "t" are missing/],
    [
      "a storage that is too short",
      [dataPkl, { ...data, bytes: data.bytes.subarray(0, 12) }],
      /the values of "t" are cut off/,
    ],
    ["big-endian values", [dataPkl, data, { name: "archive/byteorder", bytes: Buffer.from("big") }], /big-endian/],
  ])("are refused: %s", async (_title, items, message) => {
    await expect(openBytes(zipArchive(items))).rejects.toMatchObject({
      code: "pytorch_invalid",
      message: expect.stringMatching(message),
    });
  });

  it("are refused: entries on top of each other", async () => {
    const archive = Buffer.from(zipArchive([dataPkl, data]));
    // The second entry of the directory gets the first one's offset.
    const second = archive.indexOf(Buffer.from("504b0102", "hex"), archive.indexOf(Buffer.from("504b0102", "hex")) + 4);
    archive.writeUInt32LE(0, second + 42);
    await expect(openBytes(archive)).rejects.toThrow(/overlaps another one/);
  });

  it("are refused when cut off anywhere", async () => {
    const whole = torchBytes(oneTensor, "F32");
    for (let length = 0; length < whole.length; length += 7)
      await expect(openBytes(whole.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({
        code: "pytorch_invalid",
      });
  });
});

describe("damaged files of torch before 1.6", () => {
  const whole = torchLegacyBytes(oneTensor, "F32");
  const list = (length: number, bytes: Uint8Array) => torchLegacyFile(entries, [{ key: "0", length, bytes }]);

  it.each<[string, Uint8Array, RegExp]>([
    ["a page", Buffer.from("<html></html>"), /it is a web page/],
    ["a text", Buffer.from("once upon a time"), /neither a zip archive nor a pickle/],
    ["nothing", new Uint8Array(), /neither a zip archive nor a pickle/],
    ["another pickle", Buffer.concat([start, integer(5), stop]), /not one of torch.save/],
    ["a storage of 2^62 values", list(2 ** 62, storages[0] ?? new Uint8Array()), /its values end at byte/],
    ["a storage that is not listed", torchLegacyFile(entries, []), /the values of "t" are missing/],
    [
      "a list with an unknown storage",
      torchLegacyFile(entries, [{ key: "9", length: 0, bytes: new Uint8Array() }]),
      /list of storages is damaged/,
    ],
    [
      "a storage that is too short",
      list(3, (storages[0] ?? new Uint8Array()).subarray(0, 12)),
      /the values of "t" are cut off/,
    ],
    [
      "a view past its storage",
      torchLegacyFile([{ ...entry, view: { offset: 3, length: 4 } }], []),
      /a storage in it is damaged/,
    ],
  ])("are refused: %s", async (_title, bytes, message) => {
    await expect(openBytes(bytes)).rejects.toMatchObject({
      code: "pytorch_invalid",
      message: expect.stringMatching(message),
    });
  });

  it("are refused when cut off anywhere", async () => {
    for (let length = 0; length < whole.length; length += 1)
      await expect(openBytes(whole.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({
        code: "pytorch_invalid",
      });
  });
});

describe("archives above 4 GiB", () => {
  it("are read through their 64-bit fields", async () => {
    const [tensor] = [
      ...(
        await openBytes(
          zipArchive([
            { name: "archive/data.pkl", bytes: pickledTensors(entries), zip64: true },
            { name: "archive/data/0", bytes: storages[0] ?? new Uint8Array(), zip64: true },
          ]),
        )
      ).values(),
    ];
    expect(await tensor?.readRows(0, 2)).toEqual(storages[0]);
  });

  it("are read where values lie behind 4 GiB", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cria-torch-"));
    try {
      // torch before 1.6 needs no directory at the end: 5 GiB of storage that take no room on the disk.
      const length = (5 * 2 ** 30) / 4;
      const path = join(folder, "large.pth");
      const tensor = { ...entry, length, shape: [length / 4, 4], strides: [4, 1] };
      const bytes = torchLegacyFile([tensor], [{ key: "0", length, bytes: new Uint8Array() }]);
      await writeFile(path, bytes);
      const file = await open(path, "r+");
      await file.write(Uint8Array.of(1, 2, 3, 4), 0, 4, bytes.length + length * 4 - 4);
      await file.close();
      const source = await openFileBytes(path);
      const found = (await openTorchFile(source)).get("t");
      expect(await found?.readRows(length / 4 - 1, 1)).toEqual(
        Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4),
      );
      await source.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

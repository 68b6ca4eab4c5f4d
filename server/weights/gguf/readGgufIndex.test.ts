import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GgufTensorSpec } from "./encodeGgufHeader.js";
import { encodeGgufHeader } from "./encodeGgufHeader.js";
import type { GgufValue } from "./GgufValue.js";
import { openGguf } from "./openGguf.js";
import { partPaths, readGgufIndex } from "./readGgufIndex.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-index-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Part {
  no: number;
  count: number;
  total: number;
  tensors: GgufTensorSpec[];
}

/** Every value of the part's tensors is the part's number. */
async function writePart(name: string, { no, count, total, tensors }: Part): Promise<string> {
  const metadata = new Map<string, GgufValue>([
    ["split.no", { type: "uint16", value: no }],
    ["split.count", { type: "uint16", value: count }],
    ["split.tensors.count", { type: "int32", value: total }],
  ]);
  if (no === 0) metadata.set("general.name", { type: "string", value: "split" });
  const data = tensors.flatMap(({ shape }) => {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(no);
    const bytes = Buffer.from(values.buffer);
    return [bytes, Buffer.alloc((32 - (bytes.length % 32)) % 32)];
  });
  const path = join(folder, name);
  await writeFile(path, Buffer.concat([encodeGgufHeader(metadata, tensors), ...data]));
  return path;
}

const vector = (name: string, length: number): GgufTensorSpec => ({ name, type: "F32", shape: [length] });

describe("partPaths", () => {
  it("is the path itself for a whole model", () => {
    expect(partPaths("/m/model.gguf")).toEqual(["/m/model.gguf"]);
    expect(partPaths("/m/model-00001-of-00001.gguf")).toEqual(["/m/model-00001-of-00001.gguf"]);
  });

  it("names every part, whichever was given", () => {
    expect(partPaths("/m/a-00002-of-00003.gguf")).toEqual([
      "/m/a-00001-of-00003.gguf",
      "/m/a-00002-of-00003.gguf",
      "/m/a-00003-of-00003.gguf",
    ]);
  });
});

describe("a split model", () => {
  it("is opened as one", async () => {
    await writePart("m-00001-of-00002.gguf", { no: 0, count: 2, total: 3, tensors: [vector("a", 3)] });
    const second = await writePart("m-00002-of-00002.gguf", {
      no: 1,
      count: 2,
      total: 3,
      tensors: [vector("b", 5), { name: "c", type: "F32", shape: [4, 2] }],
    });
    const source = await openGguf(second);
    try {
      expect(source.index.metadata.get("general.name")?.value).toBe("split");
      expect([...source.tensors.keys()]).toEqual(["a", "b", "c"]);
      expect(source.index.paths).toHaveLength(2);
      const rows = await source.tensors.get("c")?.readRows(1, 2);
      expect(rows).toEqual(new Uint8Array(Float32Array.of(1, 1, 1, 1).buffer));
      expect(await source.tensors.get("a")?.readRows(0, 1)).toEqual(new Uint8Array(12));
    } finally {
      await source.close();
    }
  });
});

describe("a split model that is not whole", () => {
  it("names the missing part", async () => {
    const path = await writePart("m-00001-of-00002.gguf", { no: 0, count: 2, total: 2, tensors: [vector("a", 3)] });
    await expect(readGgufIndex(path)).rejects.toMatchObject({
      code: "gguf_invalid",
      message: expect.stringContaining('the part "m-00002-of-00002.gguf" is missing'),
    });
  });

  it("refuses parts of different models", async () => {
    const path = await writePart("m-00001-of-00002.gguf", { no: 0, count: 2, total: 2, tensors: [vector("a", 3)] });
    await writePart("m-00002-of-00002.gguf", { no: 1, count: 3, total: 2, tensors: [vector("b", 3)] });
    await expect(readGgufIndex(path)).rejects.toThrow("says that there are 2 parts, the file itself says 3");
  });

  it("refuses a part under another's name", async () => {
    const path = await writePart("m-00001-of-00002.gguf", { no: 0, count: 2, total: 2, tensors: [vector("a", 3)] });
    await writePart("m-00002-of-00002.gguf", { no: 0, count: 2, total: 2, tensors: [vector("b", 3)] });
    await expect(readGgufIndex(path)).rejects.toThrow("its name says that it is part 2, the file says 1");
  });

  it("refuses a part whose name does not say so", async () => {
    const path = await writePart("m.gguf", { no: 0, count: 2, total: 2, tensors: [vector("a", 3)] });
    await expect(readGgufIndex(path)).rejects.toThrow("it is one of 2 parts, but not named as one");
  });

  it("refuses a tensor that two parts have", async () => {
    const path = await writePart("m-00001-of-00002.gguf", { no: 0, count: 2, total: 2, tensors: [vector("a", 3)] });
    await writePart("m-00002-of-00002.gguf", { no: 1, count: 2, total: 2, tensors: [vector("a", 3)] });
    await expect(readGgufIndex(path)).rejects.toThrow('an earlier part has the tensor "a" too');
  });

  it("refuses a wrong number of tensors", async () => {
    const path = await writePart("m-00001-of-00002.gguf", { no: 0, count: 2, total: 5, tensors: [vector("a", 3)] });
    await writePart("m-00002-of-00002.gguf", { no: 1, count: 2, total: 5, tensors: [vector("b", 3)] });
    await expect(readGgufIndex(path)).rejects.toThrow("have 2 tensors together instead of 5");
  });
});

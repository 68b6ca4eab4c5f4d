import { mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gguf } from "@huggingface/gguf";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GgufValue } from "./GgufValue.js";
import { type GgufPlan, GgufWriter } from "./GgufWriter.js";
import { openGguf } from "./openGguf.js";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-writer-"));
  path = join(folder, "model.gguf");
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const plan: GgufPlan = {
  metadata: new Map<string, GgufValue>([
    ["general.architecture", { type: "string", value: "llama" }],
    ["tokenizer.ggml.tokens", { type: "array", itemType: "string", value: ["<unk>", "▁a"] }],
  ]),
  tensors: [
    { name: "a", type: "F32", shape: [3, 5] },
    { name: "b", type: "F16", shape: [32] },
    { name: "c", type: "Q8_0", shape: [2, 32] },
  ],
};
const sizes: Record<string, number> = { a: 60, b: 64, c: 68 };

/** Bytes that tell which tensor and position they belong to. */
function content(name: string): Uint8Array {
  return Uint8Array.from({ length: sizes[name] ?? 0 }, (_, index) => name.charCodeAt(0) + index);
}

async function writeRest(writer: GgufWriter): Promise<void> {
  for (const { name } of plan.tensors.slice(writer.tensorsDone)) await writer.append(name, content(name));
  await writer.finish();
}

describe("GgufWriter", () => {
  it("writes a file that other readers understand", async () => {
    const writer = await GgufWriter.open(path, plan);
    await writer.append("a", content("a").subarray(0, 7));
    await writer.append("a", content("a").subarray(7));
    expect(writer.tensorsDone).toBe(1);
    await writeRest(writer);
    expect((await stat(writer.partialPath)).size).toBe(writer.sizeBytes);
    await rename(writer.partialPath, path);

    const source = await openGguf(path);
    for (const { name, shape } of plan.tensors) {
      const tensor = source.tensors.get(name);
      expect(tensor?.shape).toEqual(shape);
      const rows = shape.length === 1 ? 1 : (shape[0] ?? 0);
      expect(await tensor?.readRows(0, rows), name).toEqual(content(name));
    }
    await source.close();

    const other = await gguf(path, { allowLocalFile: true });
    expect(other.tensorInfos.map(({ name, shape }) => [name, shape.map(Number)])).toEqual([
      ["a", [5, 3]],
      ["b", [32]],
      ["c", [32, 2]],
    ]);
  });

  it("goes on behind the tensors that are on the disk", async () => {
    const whole = await GgufWriter.open(path, plan);
    await writeRest(whole);
    const expected = await readFile(whole.partialPath);
    await rm(whole.partialPath);

    const first = await GgufWriter.open(path, plan);
    await first.append("a", content("a"));
    await first.sync();
    await first.append("b", content("b").subarray(0, 10));
    await first.abort({ keep: true });

    const second = await GgufWriter.open(path, plan, { resumeAfter: 1 });
    expect(second.tensorsDone).toBe(1);
    await writeRest(second);
    expect((await readFile(second.partialPath)).equals(expected)).toBe(true);
  });

  it("starts again when what is there belongs to another plan or is too short", async () => {
    const first = await GgufWriter.open(path, plan);
    await first.append("a", content("a"));
    await first.abort({ keep: true });

    const tooFar = await GgufWriter.open(path, plan, { resumeAfter: 2 });
    expect(tooFar.tensorsDone).toBe(0);
    await tooFar.append("a", content("a"));
    await tooFar.abort({ keep: true });

    const other = { ...plan, metadata: new Map<string, GgufValue>([["x", { type: "bool", value: true }]]) };
    const second = await GgufWriter.open(path, other, { resumeAfter: 1 });
    expect(second.tensorsDone).toBe(0);
    await second.abort();
  });

  it("leaves nothing behind when it is aborted", async () => {
    const writer = await GgufWriter.open(path, plan);
    await writer.append("a", content("a"));
    await writer.abort();
    await expect(stat(writer.partialPath)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("GgufWriter used wrongly", () => {
  it("refuses tensors out of order, too many bytes and an early end", async () => {
    const writer = await GgufWriter.open(path, plan);
    await expect(writer.append("b", content("b"))).rejects.toThrow("the next tensor is a, not b");
    await expect(writer.append("a", new Uint8Array(61))).rejects.toThrow("more bytes than a has");
    await expect(writer.finish()).rejects.toThrow("the tensor a is not complete");
    await writer.abort();
  });

  it("says that the folder does not exist", async () => {
    await expect(GgufWriter.open(join(folder, "no", "m.gguf"), plan)).rejects.toMatchObject({
      code: "weights_unwritable",
      hint: "The folder does not exist.",
    });
  });
});

describe("GgufWriter on a full disk", () => {
  it.runIf(process.platform === "linux")("says so, and leaves no beginning behind", async () => {
    const { readdir, symlink } = await import("node:fs/promises");
    await symlink("/dev/full", `${path}.partial`);
    await expect(GgufWriter.open(path, plan)).rejects.toMatchObject({ code: "disk_full" });
    expect(await readdir(folder)).toEqual([]);
  });
});

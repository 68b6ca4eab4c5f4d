import { mkdtemp, readdir, readFile, rm, writeFile as writeFileBytes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Quantization, quantizationNames } from "../../protocol/install.js";
import { ggufFileTypes } from "../gguf/fileTypes.js";
import { readGgufHeader } from "../gguf/readGgufHeader.js";
import { type ReferenceQuantizer, startReferenceQuantizer } from "./fixtures/llamaModelQuantize.js";
import { type RandomModelShape, writeRandomModel, writeSplitRandomModel } from "./fixtures/randomModel.js";
import { QuantizerPool } from "./QuantizerPool.js";
import { quantizeGguf } from "./quantizeGguf.js";

let folder: string;
let reference: ReferenceQuantizer;
let pool: QuantizerPool;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-quantize-"));
  reference = startReferenceQuantizer();
  pool = QuantizerPool.start(1);
});
afterAll(async () => {
  reference.close();
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

/** Quantizes with both; they must agree on every byte, or both refuse. */
async function compare(input: string, quantization: Quantization, allowRequantize = false): Promise<string> {
  const ours = join(folder, "ours.gguf");
  const theirs = join(folder, "theirs.gguf");
  const result = await reference.quantize({
    input,
    output: theirs,
    fileType: ggufFileTypes[quantization],
    threadCount: 1,
    allowRequantize,
  });
  expect(result.ok, result.log).toBe(true);
  await quantizeGguf(input, ours, quantization, { threadCount: 1, pool, allowRequantize });
  const [a, b] = [await readGgufHeader(ours), await readGgufHeader(theirs)];
  const types = (header: typeof a) => [...header.tensors.values()].map(({ name, type }) => `${name} ${type}`);
  expect(types(a)).toEqual(types(b));
  expect([...a.metadata.entries()]).toEqual([...b.metadata.entries()]);
  expect((await readFile(ours)).equals(await readFile(theirs)), `${quantization}: other bytes`).toBe(true);
  return ours;
}

const llama: RandomModelShape = { layers: 18, columns: 256, feedForward: 512 };
const shapes: Record<string, RandomModelShape> = {
  "a LLaMA": llama,
  "a LLaMA from F32": { ...llama, type: "F32", layers: 3 },
  "a LLaMA from BF16": { ...llama, type: "BF16", layers: 3 },
  "grouped-query attention": { ...llama, layers: 9, headsKv: 2 },
  "rows that are no multiple of 256, tied embeddings": { layers: 6, columns: 288, feedForward: 768, tied: true },
  "rows that are no multiple of 32": { layers: 2, columns: 272, feedForward: 100 },
  "the 65B's layers": { layers: 80, columns: 256, rows: 2 },
  "the 70B's layers and heads": { layers: 80, columns: 256, rows: 2, headsKv: 1 },
  "8 experts": { layers: 9, columns: 256, rows: 3, experts: 8 },
  "4 experts": { layers: 9, columns: 256, rows: 3, experts: 4, headsKv: 2 },
  Falcon: { architecture: "falcon", layers: 18, columns: 256, feedForward: 512, rows: 2, fusedQkv: true, headsKv: 1 },
  "Qwen2 of 72B": { architecture: "qwen2", layers: 80, columns: 256, rows: 2, headsKv: 1 },
  "tensors that stay as they are": {
    layers: 1,
    columns: 256,
    extraTensors: [
      { name: "rope_freqs.weight", type: "F32", shape: [16] },
      { name: "token_types.weight", type: "F16", shape: [2, 256] },
      { name: "blk.0.attn_q.bias", type: "F32", shape: [256] },
      { name: "blk.0.attn_q_norm.weight", type: "F32", shape: [2, 256] },
      { name: "blk.0.ssm_conv1d.weight", type: "F32", shape: [4, 256] },
      { name: "blk.0.attn_rel_b.weight", type: "F16", shape: [4, 256] },
      { name: "blk.10.attn_kv_b.weight", type: "F16", shape: [4, 256] },
      { name: "blk.2.other.weight", type: "F16", shape: [4, 256] },
      { name: "per_layer_token_embd.weight", type: "F16", shape: [4, 256] },
    ],
  },
};

describe("quantizeGguf writes the very file that llama_model_quantize writes", () => {
  for (const [title, shape] of Object.entries(shapes)) {
    it(`for ${title}, as every type`, async () => {
      const input = join(folder, "input.gguf");
      await writeRandomModel(input, shape);
      for (const name of quantizationNames) await compare(input, name);
    });
  }

  it("of a model that is split into several", async () => {
    const input = await writeSplitRandomModel(folder, { layers: 4, columns: 256 });
    await compare(input, "Q4_K_M");
    await compare(input, "F16");
  });

  it("when it quantizes a second time", async () => {
    const input = join(folder, "input.gguf");
    await writeRandomModel(input, { layers: 3, columns: 256 });
    for (const first of quantizationNames) {
      const once = join(folder, "once.gguf");
      await quantizeGguf(input, once, first, { threadCount: 1, pool });
      for (const second of ["Q4_0", "Q4_K_M", "F16"] as const) await compare(once, second, true);
    }
  });
});

describe("quantizeGguf", () => {
  it("writes the same bytes with any number of threads", async () => {
    const input = join(folder, "input.gguf");
    // More than one block of 2 ** 20 values per tensor.
    await writeRandomModel(input, { layers: 1, columns: 256, rows: 5000 });
    const one = join(folder, "one.gguf");
    const three = join(folder, "three.gguf");
    await quantizeGguf(input, one, "Q4_0", { threadCount: 1 });
    await quantizeGguf(input, three, "Q4_0", { threadCount: 3 });
    expect((await readFile(one)).equals(await readFile(three))).toBe(true);
  });

  it("reports progress up to the last tensor, and where rows forced another type", async () => {
    const input = join(folder, "input.gguf");
    await writeRandomModel(input, { layers: 1, columns: 288 });
    const seen: number[] = [];
    const { choices, sizeBytes } = await quantizeGguf(input, join(folder, "out.gguf"), "Q4_K_M", {
      threadCount: 1,
      onProgress: ({ bytesWritten, tensorsDone, tensorCount }) => seen.push(bytesWritten, tensorsDone, tensorCount),
    });
    expect(seen.slice(-3)).toEqual([sizeBytes, 12, 12]);
    expect(choices.get("blk.0.attn_q.weight")).toEqual({ type: "Q5_0", insteadOf: "Q4_K" });
    expect(choices.get("output_norm.weight")).toEqual({ type: "F32" });
  });
});

describe("quantizeGguf refuses", () => {
  /** What is left of an output file. */
  async function remains(): Promise<string[]> {
    return (await readdir(folder)).filter((name) => name.startsWith("refused"));
  }
  beforeEach(() => rm(join(folder, "refused.gguf"), { force: true }));

  it("NaN and infinite weights, naming the tensor, and leaves nothing behind", async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const type of ["F32", "F16", "BF16"] as const) {
        const input = join(folder, "input.gguf");
        await writeRandomModel(input, { layers: 1, columns: 256, type });
        const { tensors } = await readGgufHeader(input);
        const tensor = tensors.get("blk.0.ffn_up.weight");
        const file = await readFile(input);
        const wide = Buffer.alloc(4);
        wide.writeFloatLE(value);
        const half = Number.isNaN(value) ? [0x00, 0x7e] : [0x00, 0x7c];
        const narrow = type === "F16" ? Buffer.from(half) : wide.subarray(2);
        (type === "F32" ? wide : narrow).copy(file, (tensor?.offset ?? 0) + 512);
        await writeFileBytes(input, file);
        const run = quantizeGguf(input, join(folder, "refused.gguf"), "Q4_0", { threadCount: 1, pool });
        await expect(run).rejects.toMatchObject({
          code: "weights_not_finite",
          message: expect.stringContaining("blk.0.ffn_up.weight"),
        });
        expect(await remains()).toEqual([]);
      }
    }
  });

  it("weights that are too large for a block's scale", async () => {
    const input = join(folder, "input.gguf");
    await writeRandomModel(input, { layers: 1, columns: 256, type: "F32" });
    const { tensors } = await readGgufHeader(input);
    const file = await readFile(input);
    file.writeFloatLE(3e38, tensors.get("blk.0.ffn_up.weight")?.offset ?? 0);
    await writeFileBytes(input, file);
    let refusals = 0;
    for (const name of quantizationNames) {
      const output = join(folder, "theirs.gguf");
      const fileType = ggufFileTypes[name];
      const theirs = await reference.quantize({ input, output, fileType, threadCount: 1 });
      const ours = quantizeGguf(input, join(folder, "refused.gguf"), name, { threadCount: 1, pool });
      if (theirs.ok) await ours;
      else await expect(ours, name).rejects.toMatchObject({ code: "weights_not_finite" });
      if (!theirs.ok) refusals += 1;
    }
    expect(refusals).toBeGreaterThan(5);
  });

  it("a model that is quantized already, unless it is allowed", async () => {
    const input = join(folder, "input.gguf");
    const once = join(folder, "once.gguf");
    await writeRandomModel(input, { layers: 1, columns: 256 });
    await quantizeGguf(input, once, "Q4_0", { threadCount: 1 });
    const run = quantizeGguf(once, join(folder, "refused.gguf"), "Q4_K_M", { threadCount: 1 });
    await expect(run).rejects.toMatchObject({ code: "quantize_refused" });
    expect(await remains()).toEqual([]);
  });

  it("to write over its input", async () => {
    const input = join(folder, "input.gguf");
    await writeRandomModel(input, { layers: 1, columns: 256 });
    await expect(quantizeGguf(input, input, "Q4_0", { threadCount: 1 })).rejects.toMatchObject({
      code: "quantize_refused",
    });
  });

  it("to go on when it is aborted, and leaves nothing behind", async () => {
    const input = join(folder, "input.gguf");
    await writeRandomModel(input, { layers: 4, columns: 256 });
    const abort = new AbortController();
    const run = quantizeGguf(input, join(folder, "refused.gguf"), "Q4_0", {
      threadCount: 1,
      signal: abort.signal,
      onProgress: ({ tensorsDone }) => {
        if (tensorsDone === 3) abort.abort(new Error("enough"));
      },
    });
    await expect(run).rejects.toThrow("enough");
    expect(await remains()).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { memoryFiles } from "../fixtures/memoryFiles.js";
import {
  safetensorsBytes,
  shardMeta,
  type TinyTensors,
  tinyConfig,
  tinyHuggingFaceTensors,
  tinyMetaTensors,
  tinyParams,
  tinyShape,
} from "../fixtures/tinyLlama.js";
import { toFloat32 } from "../floats/plainRows.js";
import { openSafetensors } from "../safetensors/openSafetensors.js";
import type { TensorSource } from "../TensorSource.js";
import { llamaTensors } from "./llamaTensors.js";
import { mapHuggingFace } from "./mapHuggingFace.js";
import { mapMeta, metaVocabularySize } from "./mapMeta.js";
import { readHuggingFaceConfig } from "./readHuggingFaceConfig.js";
import { readMetaParams } from "./readMetaParams.js";

const open = (tensors: TinyTensors, type: "F32" | "F16" = "F16") =>
  openSafetensors(memoryFiles({ "model.safetensors": safetensorsBytes(tensors, type) }));

const meta = tinyMetaTensors();
const parameters = readHuggingFaceConfig(tinyConfig);
const metaParameters = readMetaParams(tinyParams, { vocabularySize: tinyShape.vocabulary, contextTokens: 128 });
/** Meta's rows are in GGUF's order, so its tensors are what every other form must give. */
const expected = new Map(llamaTensors(parameters).map(({ name, metaName }) => [name, meta.get(metaName ?? "")]));

async function expectAll(source: TensorSource): Promise<void> {
  const wanted = [...expected].filter(([, tensor]) => tensor !== undefined);
  expect([...source.tensors.keys()]).toEqual(wanted.map(([name]) => name));
  for (const [name, tensor] of wanted) {
    const found = source.tensors.get(name);
    const { shape, values } = tensor ?? { shape: [], values: new Float32Array() };
    expect(found?.shape, name).toEqual(shape);
    const rows = shape.length === 1 ? 1 : (shape[0] ?? 0);
    expect(toFloat32("F16", (await found?.readRows(0, rows)) ?? new Uint8Array()), name).toEqual(values);
    if (shape.length === 1) continue;
    // Blocks that begin and end in the middle of heads and shards.
    const columns = shape[1] ?? 0;
    for (const [first, count] of [
      [0, 1],
      [5, 13],
      [rows - 3, 3],
      [rows / 2 - 1, 2],
    ] as const)
      expect(
        toFloat32("F16", (await found?.readRows(first, count)) ?? new Uint8Array()),
        `${name} from ${first}`,
      ).toEqual(values.subarray(first * columns, (first + count) * columns));
  }
}

describe("mapHuggingFace", () => {
  it("gives GGUF's names and order of rows", async () => {
    await expectAll(mapHuggingFace(await open(tinyHuggingFaceTensors(meta)), parameters));
  });

  it("reorders biases of queries and keys as their rows", async () => {
    // Each bias is the number of the row in Meta's order that it belongs to.
    const bias = (rows: number) => ({ shape: [rows, 1], values: Float32Array.from({ length: rows }, (_, row) => row) });
    const biased = new Map([
      ["layers.0.attention.wq.weight", bias(64)],
      ["layers.0.attention.wk.weight", bias(32)],
    ]);
    const tensors = new Map(tinyHuggingFaceTensors(meta));
    for (const [name, { shape, values }] of tinyHuggingFaceTensors(biased))
      tensors.set(name.replace("weight", "bias"), { shape: shape.slice(0, 1), values });
    const source = mapHuggingFace(await open(tensors), parameters);
    for (const [name, rows] of [
      ["blk.0.attn_q.bias", 64],
      ["blk.0.attn_k.bias", 32],
    ] as const) {
      const bytes = await source.tensors.get(name)?.readRows(0, 1);
      expect([...toFloat32("F16", bytes ?? new Uint8Array())], name).toEqual(
        Array.from({ length: rows }, (_, row) => row),
      );
    }
  });

  it("leaves the output out when the embedding serves as one", async () => {
    const tied = { ...parameters, tiedEmbeddings: true };
    const tensors = new Map(tinyHuggingFaceTensors(meta));
    expect(mapHuggingFace(await open(tensors), tied).tensors.has("output.weight")).toBe(false);
    tensors.delete("lm_head.weight");
    expect(mapHuggingFace(await open(tensors), tied).tensors.has("output.weight")).toBe(false);
  });

  it("passes over buffers of old checkpoints", async () => {
    const tensors = new Map(tinyHuggingFaceTensors(meta));
    tensors.set("model.layers.0.self_attn.rotary_emb.inv_freq", { shape: [8], values: new Float32Array(8) });
    await expectAll(mapHuggingFace(await open(tensors), parameters));
  });
});

describe("mapMeta", () => {
  it("reads one file", async () => {
    await expectAll(mapMeta([await open(meta)], metaParameters));
  });

  it.each([
    [2, false],
    [4, false],
    [2, true],
  ])("joins %i shards (embedding split over rows: %s)", async (count, embeddingRows) => {
    const shards = await Promise.all(shardMeta(meta, count, embeddingRows).map((shard) => open(shard)));
    expect(metaVocabularySize(shards)).toBe(tinyShape.vocabulary);
    await expectAll(mapMeta(shards, metaParameters));
  });
});

describe("checkpoints that do not fit", () => {
  const changed = (change: (tensors: Map<string, { shape: readonly number[]; values: Float32Array }>) => void) => {
    const tensors = new Map(tinyHuggingFaceTensors(meta));
    change(tensors);
    return open(tensors);
  };

  it("names a missing tensor", async () => {
    const source = await changed((tensors) => tensors.delete("model.layers.1.mlp.up_proj.weight"));
    expect(() => mapHuggingFace(source, parameters)).toThrow(
      expect.objectContaining({
        code: "checkpoint_invalid",
        message: expect.stringContaining('lacks the tensor "model.layers.1.mlp.up_proj.weight"'),
      }),
    );
  });

  it("names some of many missing tensors", async () => {
    const source = await changed(() => undefined);
    expect(() => mapHuggingFace(source, { ...parameters, blockCount: 3 })).toThrow(
      /lacks 9 tensors: "model.layers.2.input_layernorm.weight",.*, …/,
    );
  });

  it("names a tensor that does not belong", async () => {
    const source = await changed((tensors) =>
      tensors.set("model.layers.0.mlp.qweight", { shape: [1], values: new Float32Array(1) }),
    );
    expect(() => mapHuggingFace(source, parameters)).toThrow('has the tensor "model.layers.0.mlp.qweight"');
  });

  it("names a tensor of the wrong shape", async () => {
    const source = await changed((tensors) =>
      tensors.set("model.norm.weight", { shape: [32], values: new Float32Array(32) }),
    );
    expect(() => mapHuggingFace(source, parameters)).toThrow('"model.norm.weight" has the shape [32] instead of [64]');
  });

  it("refuses a shard too many", async () => {
    const shards = shardMeta(meta, 2);
    const sources = await Promise.all([...shards, shards[0] ?? meta].map((shard) => open(shard)));
    expect(() => mapMeta(sources, metaParameters)).toThrow(/has the shape/);
  });

  it.each([
    [2, [0]],
    [4, [0, 1]],
  ])("says that of %i shards only %j are there", async (count, there) => {
    const shards = shardMeta(meta, count).filter((_, index) => there.includes(index));
    const sources = await Promise.all(shards.map((shard) => open(shard)));
    expect(() => mapMeta(sources, metaParameters)).toThrow(`The checkpoint has ${there.length} of ${count} shards`);
  });

  it("refuses shards of different types", async () => {
    const [first = meta, second = meta] = shardMeta(meta, 2);
    const sources = [await open(first, "F16"), await open(second, "F32")];
    expect(() => mapMeta(sources, metaParameters)).toThrow(/disagree about the type/);
  });

  it("refuses a file without an embedding", async () => {
    const source = await open(new Map([["norm.weight", { shape: [64], values: new Float32Array(64) }]]));
    expect(() => metaVocabularySize([source])).toThrow(/lacks "tok_embeddings.weight"/);
  });
});

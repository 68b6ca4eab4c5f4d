import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { convertToGguf, type LlamaModel, planGguf, sizeLabel } from "./convertToGguf.js";
import { memoryFiles } from "./fixtures/memoryFiles.js";
import { safetensorsBytes, tinyConfig, tinyHuggingFaceTensors, tinyMetaTensors } from "./fixtures/tinyLlama.js";
import { sentencePieceBytes } from "./fixtures/tinyTokenizer.js";
import { plainEncoder } from "./floats/plainEncoder.js";
import { fromFloat32 } from "./floats/plainRows.js";
import type { GgufTensorSpec } from "./gguf/encodeGgufHeader.js";
import type { GgufValue } from "./gguf/GgufValue.js";
import { openGguf } from "./gguf/openGguf.js";
import { readModelSummary } from "./gguf/readModelSummary.js";
import { mapHuggingFace } from "./llama/mapHuggingFace.js";
import { readHuggingFaceConfig } from "./llama/readHuggingFaceConfig.js";
import { openSafetensors } from "./safetensors/openSafetensors.js";
import type { TensorEncoder } from "./TensorEncoder.js";
import { openTokenizer } from "./tokenizer/openTokenizer.js";
import type { ConversionCheckpoint, ConversionProgress } from "./writeTensors.js";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-convert-"));
  path = join(folder, "model.gguf");
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const meta = tinyMetaTensors();

async function tinyModel(
  config: Record<string, unknown> = {},
  tensors = tinyHuggingFaceTensors(meta),
): Promise<LlamaModel> {
  const files = memoryFiles({
    "model.safetensors": safetensorsBytes(tensors, "BF16"),
    "tokenizer.model": sentencePieceBytes(),
    "tokenizer_config.json": { chat_template: "{{ messages }}" },
  });
  const parameters = readHuggingFaceConfig({ ...tinyConfig, ...config });
  return {
    name: "Tiny",
    parameters,
    source: mapHuggingFace(await openSafetensors(files), parameters),
    tokenizer: await openTokenizer(files, { vocabularySize: parameters.vocabularySize }),
    generalMetadata: new Map<string, GgufValue>([["general.license", { type: "string", value: "mit" }]]),
  };
}

describe("convertToGguf", () => {
  it.each(["F32", "F16", "BF16"] as const)("writes %s", async (fileType) => {
    const { partialPath, sizeBytes } = await convertToGguf(await tinyModel(), path, {
      fileType,
      encoder: plainEncoder,
    });
    expect((await stat(partialPath)).size).toBe(sizeBytes);
    const gguf = await openGguf(partialPath);
    expect(readModelSummary(gguf.index)).toMatchObject({
      architecture: "llama",
      name: "Tiny",
      contextTokens: 128,
      blockCount: 2,
      embeddingLength: 64,
      feedForwardLength: 192,
      headCount: 4,
      keyValueHeadCount: 2,
      keyLength: 16,
      vocabularySize: 300,
      tokenizerModel: "llama",
      bosTokenId: 1,
      eosTokenId: 2,
      addBos: true,
      chatTemplate: "{{ messages }}",
      license: "mit",
      quantization: fileType,
      parameterCount: [...meta.values()].reduce((sum, { values }) => sum + values.length, 0),
    });
    expect(gguf.tensors.get("output_norm.weight")?.type).toBe("F32");
    expect(gguf.tensors.get("blk.1.attn_q.weight")?.type).toBe(fileType);
    // Meta's rows are in GGUF's order.
    const expected = meta.get("layers.1.attention.wq.weight")?.values ?? new Float32Array();
    expect(await gguf.tensors.get("blk.1.attn_q.weight")?.readRows(0, 64)).toEqual(
      new Uint8Array(fromFloat32(fileType, expected)),
    );
    await gguf.close();
  });

  it("offers norms as F32 to whoever chooses types, whatever the checkpoint has", async () => {
    const chooseTypes = (tensors: readonly GgufTensorSpec[]) => new Map(tensors.map((tensor) => [tensor.name, tensor]));
    const { tensors } = planGguf(await tinyModel(), { fileType: "Q8_0", chooseTypes });
    expect(new Set(tensors.filter(({ shape }) => shape.length === 1).map(({ type }) => type))).toEqual(
      new Set(["F32"]),
    );
    expect(new Set(tensors.filter(({ shape }) => shape.length > 1).map(({ type }) => type))).toEqual(new Set(["BF16"]));
  });

  it("writes the metadata that llama.cpp's converter writes", async () => {
    const rope_scaling = { type: "yarn", factor: 4, original_max_position_embeddings: 32, beta_fast: 32 };
    const { metadata } = planGguf(await tinyModel({ rope_scaling, head_dim: 16 }), { fileType: "F16" });
    expect([...metadata.keys()]).toEqual([
      "general.architecture",
      "general.type",
      "general.name",
      "general.size_label",
      "general.license",
      "llama.block_count",
      "llama.context_length",
      "llama.embedding_length",
      "llama.feed_forward_length",
      "llama.attention.head_count",
      "llama.attention.head_count_kv",
      "llama.rope.scaling.type",
      "llama.rope.scaling.factor",
      "llama.rope.scaling.original_context_length",
      "llama.rope.scaling.yarn_beta_fast",
      "llama.rope.freq_base",
      "llama.attention.layer_norm_rms_epsilon",
      "llama.attention.key_length",
      "llama.attention.value_length",
      "llama.vocab_size",
      "llama.rope.dimension_count",
      "general.file_type",
      "general.quantization_version",
      "tokenizer.ggml.model",
      "tokenizer.ggml.pre",
      "tokenizer.ggml.tokens",
      "tokenizer.ggml.scores",
      "tokenizer.ggml.token_type",
      "tokenizer.ggml.bos_token_id",
      "tokenizer.ggml.eos_token_id",
      "tokenizer.ggml.unknown_token_id",
      "tokenizer.ggml.add_bos_token",
      "tokenizer.ggml.add_eos_token",
      "tokenizer.chat_template",
    ]);
  });

  it("adds the tensor of LLaMA 3.1's RoPE scaling", async () => {
    const rope_scaling = { rope_type: "llama3", factor: 8, original_max_position_embeddings: 64 };
    const plan = planGguf(await tinyModel({ rope_scaling }), { fileType: "F16" });
    expect(plan.tensors[0]).toEqual({ name: "rope_freqs.weight", type: "F32", shape: [8] });
    expect(plan.metadata.has("llama.rope.scaling.type")).toBe(false);
    const { partialPath } = await convertToGguf(await tinyModel({ rope_scaling }), path, {
      fileType: "F16",
      encoder: plainEncoder,
    });
    const gguf = await openGguf(partialPath);
    const bytes = (await gguf.tensors.get("rope_freqs.weight")?.readRows(0, 1)) ?? new Uint8Array();
    expect(new Float32Array(bytes.buffer)[0]).toBe(1);
    expect(new Float32Array(bytes.buffer)[7]).toBe(8);
    await gguf.close();
  });

  it("reports progress and checkpoints, and needs the files in their order", async () => {
    const model = await tinyModel();
    const shuffled = new Map(
      [...model.source.tensors].map(([name, tensor]) => [name, { ...tensor, part: name.startsWith("blk.1") ? 0 : 1 }]),
    );
    const progress: ConversionProgress[] = [];
    const checkpoints: ConversionCheckpoint[] = [];
    const { sizeBytes } = await convertToGguf({ ...model, source: { ...model.source, tensors: shuffled } }, path, {
      fileType: "F16",
      encoder: plainEncoder,
      onProgress: (event) => progress.push(event),
      onCheckpoint: (event) => {
        checkpoints.push(event);
      },
    });
    expect(progress.map(({ tensor }) => tensor).slice(0, 2)).toEqual(["blk.1.attn_norm.weight", "blk.1.attn_q.weight"]);
    expect(progress.at(8)?.tensor).toBe("blk.1.ffn_up.weight");
    expect(progress.map(({ index }) => index)).toEqual(progress.map((_, index) => index + 1));
    expect(progress.at(-1)).toMatchObject({ index: 21, count: 21, bytesDone: sizeBytes, bytesTotal: sizeBytes });
    expect(checkpoints).toEqual([{ tensorsDone: 21, partsDone: 2 }]);
  });

  it("goes on after a crash and writes the same bytes", async () => {
    const whole = await convertToGguf(await tinyModel(), path, { fileType: "F16", encoder: plainEncoder });
    const expected = await readFile(whole.partialPath);
    const crashed = new AbortController();
    const stopped = convertToGguf(await tinyModel(), join(folder, "again.gguf"), {
      fileType: "F16",
      encoder: plainEncoder,
      signal: crashed.signal,
      onProgress: ({ index }) => {
        if (index === 8) crashed.abort(new Error("stop"));
      },
    });
    await expect(stopped).rejects.toThrow("stop");
    const read: string[] = [];
    const model = await tinyModel();
    const watched = new Map(
      [...model.source.tensors].map(([name, tensor]) => [
        name,
        {
          ...tensor,
          readRows: (row: number, count: number) => {
            read.push(name);
            return tensor.readRows(row, count);
          },
        },
      ]),
    );
    const again = await convertToGguf(
      { ...model, source: { ...model.source, tensors: watched } },
      join(folder, "again.gguf"),
      { fileType: "F16", encoder: plainEncoder, resumeAfter: 8 },
    );
    expect((await readFile(again.partialPath)).equals(expected)).toBe(true);
    expect(read).toHaveLength(21 - 8);
  });

  it.each([true, false])("keeps what it has after a failed read when asked to (%s)", async (keepPartial) => {
    const model = await tinyModel();
    const failing = new Map(
      [...model.source.tensors].map(([name, tensor]) => [
        name,
        name === "output_norm.weight" ? { ...tensor, readRows: () => Promise.reject(new Error("cut off")) } : tensor,
      ]),
    );
    const source = { ...model.source, tensors: failing };
    const options = { fileType: "F16", encoder: plainEncoder, keepPartial } as const;
    await expect(convertToGguf({ ...model, source }, path, options)).rejects.toThrow("cut off");
    const kept = await stat(`${path}.partial`).catch(() => undefined);
    expect(kept !== undefined).toBe(keepPartial);
  });

  it("keeps no more blocks under way than the encoder wants, and their order", async () => {
    let running = 0;
    let most = 0;
    const encoder: TensorEncoder = {
      concurrency: 3,
      async encode(block, type) {
        running += 1;
        most = Math.max(most, running);
        // Later blocks are done earlier.
        await new Promise((resolve) => setImmediate(resolve));
        if (block.rows % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return plainEncoder.encode(block, type);
      },
    };
    const parallel = await convertToGguf(await tinyModel(), path, { fileType: "F16", encoder });
    const serial = await convertToGguf(await tinyModel(), join(folder, "serial.gguf"), {
      fileType: "F16",
      encoder: plainEncoder,
    });
    expect((await readFile(parallel.partialPath)).equals(await readFile(serial.partialPath))).toBe(true);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3 + 2);
  });
});

describe("convertToGguf on weights that are no numbers", () => {
  const broken = (value: number) => {
    const tensors = new Map(tinyHuggingFaceTensors(meta));
    const { shape, values } = tensors.get("model.layers.1.mlp.down_proj.weight") ?? {
      shape: [],
      values: new Float32Array(),
    };
    tensors.set("model.layers.1.mlp.down_proj.weight", { shape, values: values.with(4321, value) });
    return tinyModel({}, tensors);
  };

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e6])(
    "names the tensor with %s in it and leaves nothing behind",
    async (value) => {
      await expect(
        convertToGguf(await broken(value), path, { fileType: "F16", encoder: plainEncoder }),
      ).rejects.toMatchObject({
        code: "weights_not_finite",
        message: expect.stringContaining('"blk.1.ffn_down.weight"'),
      });
      await expect(stat(`${path}.partial`)).rejects.toMatchObject({ code: "ENOENT" });
    },
  );

  it("accepts a number that is too large for F16 as BF16", async () => {
    await expect(
      convertToGguf(await broken(1e6), path, { fileType: "BF16", encoder: plainEncoder }),
    ).resolves.toBeDefined();
  });
});

describe("sizeLabel", () => {
  it.each([
    [6_819_072, "6.8M"],
    [6_738_415_616, "6.7B"],
    [13_015_864_320, "13B"],
    [65_285_660_672, "65B"],
    [134_515_008, "135M"],
    [1_100_048_384, "1.1B"],
    [999, "1.0K"],
  ])("of %i is %s", (count, label) => {
    expect(sizeLabel(count)).toBe(label);
  });
});

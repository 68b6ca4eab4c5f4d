import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CatalogModel, CatalogSource } from "../models/catalog.js";
import type { InstallProgress } from "../protocol/install.js";
import { LocalHub } from "../test/LocalHub.js";
import { addDiff } from "../weights/addDiff.js";
import { openLocalFiles } from "../weights/CheckpointFiles.js";
import type { LlamaModel } from "../weights/convertToGguf.js";
import {
  safetensorsBytes,
  type TinyTensors,
  tinyConfig,
  tinyHuggingFaceTensors,
  tinyMetaTensors,
  tinyShape,
} from "../weights/fixtures/tinyLlama.js";
import { sentencePieceBytes } from "../weights/fixtures/tinyTokenizer.js";
import { torchBytes } from "../weights/fixtures/torchFile.js";
import { ggmlFile } from "../weights/ggml/fixtures/ggmlFile.js";
import { smallModel } from "../weights/ggml/fixtures/smallModel.js";
import { tokenizerModel } from "../weights/ggml/fixtures/tokenizerModel.js";
import { mergeLora } from "../weights/lora/mergeLora.js";
import { openAdapter } from "../weights/lora/openAdapter.js";
import { openCheckpoint } from "../weights/openCheckpoint.js";
import { convertModel } from "./convertModel.js";
import { HttpClient } from "./download/HttpClient.js";
import { NetworkPolicy } from "./download/NetworkPolicy.js";
import { HubClient } from "./hub/HubClient.js";
import { readHubSettings } from "./hub/hubSettings.js";
import { loadBack } from "./loadBack.js";
import { ProgressMeter } from "./ProgressMeter.js";
import { resolveInstall } from "./resolveInstall.js";
import { runInstall } from "./runInstall.js";

type Files = Record<string, Uint8Array>;

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** A checkpoint's files with the weights cut into shards. */
function checkpoint(
  tensors: TinyTensors,
  format: "safetensors" | "pytorch",
  vocabulary: number,
  shardCount = 3,
): Files {
  const [stem, extension, index] =
    format === "safetensors"
      ? ["model", "safetensors", "model.safetensors.index.json"]
      : ["pytorch_model", "bin", "pytorch_model.bin.index.json"];
  const entries = [...tensors];
  const perShard = Math.ceil(entries.length / shardCount);
  const files: Files = {
    "config.json": json({ ...tinyConfig, vocab_size: vocabulary }),
    "tokenizer.model": sentencePieceBytes(),
    ...(vocabulary > tinyShape.vocabulary ? { "added_tokens.json": json({ "[PAD]": tinyShape.vocabulary }) } : {}),
  };
  const map: Record<string, string> = {};
  for (let shard = 0; shard < shardCount; shard++) {
    const name = `${stem}-0000${shard + 1}-of-0000${shardCount}.${extension}`;
    const own = new Map(entries.slice(shard * perShard, (shard + 1) * perShard));
    for (const tensor of own.keys()) map[tensor] = name;
    files[name] = format === "safetensors" ? safetensorsBytes(own, "F16") : torchBytes(own, "F32");
  }
  files[index] = json({ weight_map: map });
  return files;
}

const grown = tinyShape.vocabulary + 1;
const base = checkpoint(tinyHuggingFaceTensors(), "safetensors", tinyShape.vocabulary, 2);
const diff = checkpoint(tinyHuggingFaceTensors(tinyMetaTensors({ seed: 7, vocabulary: grown })), "pytorch", grown);
const adapter: Files = {
  "adapter_config.json": json({ peft_type: "LORA", r: 4, lora_alpha: 8, bias: "none", target_modules: ["q_proj"] }),
  "adapter_model.bin": torchBytes(
    new Map(
      [
        ["A", [4, tinyShape.dim]],
        ["B", [tinyShape.dim, 4]],
      ].map(([factor, shape]) => [
        `base_model.model.model.layers.0.self_attn.q_proj.lora_${factor}.weight`,
        {
          shape: shape as number[],
          values: Float32Array.from({ length: 4 * tinyShape.dim }, (_, i) => ((i % 7) - 3) / 64),
        },
      ]),
    ),
    "F32",
  ),
};

let hub: LocalHub;
let folder: string;
let http: HttpClient;
const progress: InstallProgress[] = [];

beforeEach(async () => {
  progress.length = 0;
  hub = await LocalHub.start();
  folder = await mkdtemp(join(tmpdir(), "cria-catalog-"));
  hub.add("huggy/base", base);
  hub.add("lab/diff", diff);
  hub.add("someone/lora", adapter);
});
afterEach(async () => {
  await http.close();
  await hub.close();
  await rm(folder, { recursive: true, force: true });
});

const common = { downloadBytes: 1, largestFileBytes: 1 };
const shape = {
  layers: tinyShape.layers,
  embedding: tinyShape.dim,
  heads: tinyShape.heads,
  keyValueHeads: tinyShape.keyValueHeads,
  headSize: tinyShape.headLength,
  feedForward: tinyShape.feedForward,
  vocabulary: grown,
  tiedEmbeddings: false,
};
function catalogModel(sources: CatalogModel["sources"], changes: Partial<CatalogModel> = {}): CatalogModel {
  return {
    id: "alpaca.tiny",
    name: "Tiny Alpaca",
    description: "A test's.",
    kind: "instruction",
    promptFormat: "alpaca",
    architecture: "llama",
    parameterCount: 1,
    contextTokens: 128,
    shape,
    license: { name: "none", url: "https://example.com" },
    defaultQuantization: "F16",
    variants: [{ quantization: "F16", sizeBytes: 1_000_000, ramBytes: 2_000_000 }],
    sources,
    ...changes,
  };
}

/** Installs a model of a catalog of our own, in this process; `stopAt`: stops when this much is converted. */
async function install(model: CatalogModel, options: { stopAt?: number; quantization?: "Q8_0" } = {}) {
  const settings = readHubSettings({ HF_ENDPOINT: hub.endpoint, HF_HOME: "/nonexistent" });
  http = new HttpClient({ policy: new NetworkPolicy(settings), userAgent: "cria-test" });
  const client = new HubClient(http, settings, { attempts: 2, baseDelayMs: 1 });
  const stop = new AbortController();
  const passed: string[] = [];
  const { quantization } = options;
  const job = await resolveInstall(
    {
      source: model.id,
      means: { type: "catalog", model },
      ...(quantization === undefined ? {} : { quantization }),
    },
    client,
    stop.signal,
    ({ message }) => passed.push(message),
  );
  const meter = new ProgressMeter({ modelId: job.modelId, name: job.name }, (entry) => {
    progress.push(entry);
    if (options.stopAt !== undefined && entry.convertedBytes >= options.stopAt) stop.abort(new Error("stopped"));
  });
  const manifest = await runInstall(job, {
    modelsPath: join(folder, "models"),
    catalog: { catalogVersion: 1, models: [] },
    http,
    hub: client,
    signal: stop.signal,
    meter,
    loadBack: loadBack(1),
    room: { availableMemoryBytes: 1e9, totalMemoryBytes: 1e9, freeDiskBytes: 1e9 },
    force: false,
    threadCount: 1,
  });
  return { manifest, passed, weights: await readFile(join(folder, "models", "alpaca", "tiny", manifest.file)) };
}

async function onDisk(name: string, files: Files): Promise<string> {
  const path = await mkdtemp(join(folder, `${name}-`));
  for (const [file, content] of Object.entries(files)) await writeFile(join(path, file), content);
  return path;
}
const open = async (files: Files) => await openCheckpoint(await onDisk("source", files), { name: "Tiny Alpaca" });

async function converted(model: LlamaModel): Promise<Buffer> {
  const { partialPath } = await convertModel(model, join(folder, "expected.gguf"), "F16", { threadCount: 1 });
  await model.source.close();
  return await readFile(partialPath);
}

/** What upstream would have published: the sum of all weights, rotary buffers included. */
async function parameterSum(): Promise<number> {
  const recovered = addDiff(await open(base), await open(diff));
  for (const tensor of recovered.source.tensors.values())
    await tensor.readRows(0, tensor.shape.length === 1 ? 1 : (tensor.shape[0] ?? 1));
  await recovered.source.close();
  return recovered.parameterSum();
}

const diffSource = (expectedParameterSum: number) =>
  ({
    type: "checkpoint",
    repository: "huggy/base",
    ...common,
    addDiff: { repository: "lab/diff", ...common, expectedParameterSum },
    checked: false,
  }) as const;

describe("a base with a published weight difference", () => {
  it("becomes the sum, with the vocabulary grown, and the shards of both go as they are used up", async () => {
    const { manifest, weights } = await install(catalogModel([diffSource(await parameterSum())]));
    expect(weights.equals(await converted(addDiff(await open(base), await open(diff))))).toBe(true);
    expect(manifest).toMatchObject({ id: "alpaca.tiny", kind: "instruction", promptFormat: "alpaca" });
    expect(manifest.sources.map((source) => source.name)).toEqual(["huggy/base", "lab/diff"]);
    expect(manifest.sources[1]?.files.map((file) => file.path)).toEqual(
      Object.keys(diff).filter((name) => name.endsWith(".bin")),
    );
    expect(await readdir(join(folder, "models", "alpaca"))).toEqual(["tiny"]);
  });

  it("is refused when the weights do not add up to what upstream says", async () => {
    await expect(install(catalogModel([diffSource((await parameterSum()) + 20)]))).rejects.toMatchObject({
      code: "install_wrong_model",
      message: expect.stringMatching(/add up to/),
    });
    expect(await readdir(join(folder, "models", "alpaca"))).toEqual([]);
  });

  it("is the same after a run that was stopped", async () => {
    const sum = await parameterSum();
    await expect(install(catalogModel([diffSource(sum)]), { stopAt: 150_000 })).rejects.toThrow("stopped");
    await http.close();
    const { weights } = await install(catalogModel([diffSource(sum)]));
    expect(weights.equals(await converted(addDiff(await open(base), await open(diff))))).toBe(true);
  });
});

describe("a base with a LoRA adapter", () => {
  it("becomes the merged model", async () => {
    const source = {
      type: "checkpoint",
      repository: "huggy/base",
      ...common,
      vocabulary: 300,
      lora: { repository: "someone/lora", ...common },
      checked: false,
    } as const;
    const { weights } = await install(catalogModel([source]));
    const files = await openLocalFiles(await onDisk("adapter", adapter));
    expect(weights.equals(await converted(mergeLora(await open(base), await openAdapter(files))))).toBe(true);
    expect(weights.equals(await converted(await open(base)))).toBe(false);
  });
});

describe("sources in order of preference", () => {
  const old = smallModel("ggml", "Q4_0", { keyValueHeadCount: 4 });
  const legacy: CatalogSource = {
    type: "legacy",
    repository: "someone/old-ggml",
    files: ["ggml-model-q4_0.bin"],
    tokenizerRepository: "huggy/tokenizer",
    ...common,
    checked: false,
  };
  const oldShape = { ...shape, embedding: 128, keyValueHeads: 4, headSize: 32, feedForward: 256, vocabulary: 300 };

  it("are tried one after the other, with a word on why; old files are repacked as they are", async () => {
    hub.add("someone/old-ggml", { "ggml-model-q4_0.bin": ggmlFile(old) });
    hub.add("huggy/tokenizer", { "tokenizer.model": tokenizerModel(old.vocabulary) });
    hub.add("gated/base", base, { gated: true, token: "hf_x" });
    const missing = { type: "checkpoint", repository: "gone/away", ...common, checked: false } as const;
    const { manifest, passed } = await install(catalogModel([missing, legacy], { shape: oldShape }));
    expect(passed).toEqual([expect.stringContaining("gone/away")]);
    expect(manifest).toMatchObject({ quantization: "Q4_0", promptFormat: "alpaca" });
    expect(manifest.requestedQuantization).toBeUndefined();
    expect(manifest.sources.map((source) => source.name)).toEqual(["someone/old-ggml", "huggy/tokenizer"]);
  });

  it("are passed over when they cannot give the quantization that is asked for", async () => {
    hub.add("someone/old-ggml", { "ggml-model-q4_0.bin": ggmlFile(old) });
    await expect(install(catalogModel([legacy]), { quantization: "Q8_0" })).rejects.toMatchObject({
      code: "hub_not_found",
    });
  });

  it("are refused before their weights are fetched when they are another model than the catalog says", async () => {
    const source = { type: "checkpoint", repository: "huggy/base", ...common, checked: false } as const;
    const other = { ...shape, layers: 32, vocabulary: 300 };
    await expect(install(catalogModel([source], { shape: other }))).rejects.toMatchObject({
      code: "install_wrong_model",
      message: expect.stringMatching(/number of layers is 2 instead of 32/),
    });
  });
});

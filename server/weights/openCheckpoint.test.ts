import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { convertToGguf, type LlamaModel } from "./convertToGguf.js";
import { memoryFiles } from "./fixtures/memoryFiles.js";
import { type TinyContents, tinyCheckpoint, tinyCheckpoints } from "./fixtures/tinyCheckpoints.js";
import { tinyMetaTensors } from "./fixtures/tinyLlama.js";
import { plainEncoder } from "./floats/plainEncoder.js";
import { fromFloat32 } from "./floats/plainRows.js";
import { ggmlFile } from "./ggml/fixtures/ggmlFile.js";
import { smallModel } from "./ggml/fixtures/smallModel.js";
import { readGgufHeader } from "./gguf/readGgufHeader.js";
import { llamaTensors } from "./llama/llamaTensors.js";
import { openCheckpoint } from "./openCheckpoint.js";
import { recognizeForeign } from "./recognizeForeign.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-checkpoint-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The tensors' bytes as a GGUF file has them, padding included. */
async function convertedData(model: LlamaModel): Promise<Buffer> {
  const { partialPath } = await convertToGguf(model, join(folder, "out.gguf"), {
    fileType: "F16",
    encoder: plainEncoder,
  });
  await model.source.close();
  const { dataOffset } = await readGgufHeader(partialPath);
  return (await readFile(partialPath)).subarray(dataOffset);
}

async function writeFolder(contents: TinyContents, name = "tiny"): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  for (const [file, content] of Object.entries(contents))
    await writeFile(join(path, file), content instanceof Uint8Array ? content : JSON.stringify(content));
  return path;
}

/** What every form must become: the weights in Meta's order of rows under GGUF's names. */
function expectedData(): Buffer {
  const meta = tinyMetaTensors();
  const parts: Uint8Array[] = [];
  const shape = {
    contextTokens: 0,
    embeddingLength: 64,
    blockCount: 2,
    feedForwardLength: 192,
    headCount: 4,
    keyValueHeadCount: 2,
    headLength: 16,
  };
  const rest = {
    headLengthIsExplicit: false,
    vocabularySize: 300,
    rmsEpsilon: 1,
    ropeTheta: 1,
    ropeScaling: undefined,
    tiedEmbeddings: false,
  };
  for (const { metaName } of llamaTensors({ ...shape, ...rest })) {
    const tensor = meta.get(metaName ?? "");
    if (tensor !== undefined) parts.push(fromFloat32(tensor.shape.length > 1 ? "F16" : "F32", tensor.values));
  }
  return Buffer.concat(parts);
}

describe("openCheckpoint", () => {
  // Sharded forms are written in the order of their files, so tensors are compared one by one there.
  const inOneFile = [...tinyCheckpoints.keys()].filter((form) => !/BF16 shards/.test(form));

  it.each(inOneFile)("gives the same bytes for %s", async (form) => {
    expect((await convertedData(await openCheckpoint(tinyCheckpoint(form)))).equals(expectedData())).toBe(true);
  });

  it.each(["safetensors BF16 shards", "pytorch BF16 shards"])("gives the same tensors for %s", async (form) => {
    const reference = await openCheckpoint(tinyCheckpoint("safetensors F32"));
    const model = await openCheckpoint(tinyCheckpoint(form));
    const orders = await Promise.all([reference, model].map(async ({ source }) => new Set(source.tensors.keys())));
    expect(orders[1]).toEqual(orders[0]);
    const sameOrder = {
      ...model,
      source: {
        ...model.source,
        tensors: new Map([...model.source.tensors].map(([name, tensor]) => [name, { ...tensor, part: 0 }])),
      },
    };
    expect((await convertedData(sameOrder)).equals(expectedData())).toBe(true);
  });

  it("reads parameters and tokenizer of either kind", async () => {
    const huggingFace = await openCheckpoint(tinyCheckpoint("safetensors F16"));
    const meta = await openCheckpoint(tinyCheckpoint("Meta, two shards"), { contextTokens: 128, name: "Tiny Meta" });
    expect(meta.parameters).toEqual(huggingFace.parameters);
    expect(meta.tokenizer).toEqual(huggingFace.tokenizer);
    expect([huggingFace.name, meta.name]).toEqual(["tiny", "Tiny Meta"]);
  });

  it("knows that Meta's model without an output matrix uses the embedding", async () => {
    const { torchBytes } = await import("./fixtures/torchFile.js");
    const tensors = new Map([...tinyMetaTensors()].filter(([name]) => name !== "output.weight"));
    const model = await openCheckpoint(
      memoryFiles({ ...tinyCheckpoints.get("Meta, one file")?.(), "consolidated.00.pth": torchBytes(tensors, "F16") }),
    );
    expect(model.parameters.tiedEmbeddings).toBe(true);
    expect(model.source.tensors.has("output.weight")).toBe(false);
  });

  it("opens a folder on disk, or one of its files", async () => {
    const path = await writeFolder(tinyCheckpoints.get("safetensors F16")?.() ?? {}, "my-llama");
    for (const given of [path, join(path, "model.safetensors"), `${path}/`]) {
      const model = await openCheckpoint(given);
      expect(model.name).toBe("my-llama");
      expect((await convertedData(model)).equals(expectedData())).toBe(true);
    }
  });

  it("finds Meta's tokenizer beside the folder", async () => {
    const { "tokenizer.model": tokenizer, ...contents } = tinyCheckpoints.get("Meta, one file")?.() ?? {};
    const path = await writeFolder(contents, "7B");
    await expect(openCheckpoint(path)).rejects.toMatchObject({ code: "tokenizer_invalid" });
    await writeFile(join(folder, "tokenizer.model"), tokenizer as Uint8Array);
    const model = await openCheckpoint(path);
    expect(model.tokenizer.tokens).toHaveLength(300);
    await model.source.close();
  });
});

describe("openCheckpoint on folders that are no checkpoint", () => {
  const without = (form: string, name: string) => {
    const { [name]: _, ...contents } = tinyCheckpoints.get(form)?.() ?? {};
    return memoryFiles(contents);
  };

  it.each<[string, () => ReturnType<typeof memoryFiles>, string, RegExp]>([
    [
      "nothing known",
      () => memoryFiles({ "README.md": "hello" }),
      "checkpoint_invalid",
      /holds no weights that are known/,
    ],
    [
      "no config.json",
      () => without("safetensors F16", "config.json"),
      "checkpoint_invalid",
      /lacks the file "config.json"/,
    ],
    [
      "no params.json",
      () => without("Meta, one file", "params.json"),
      "checkpoint_invalid",
      /lacks the file "params.json"/,
    ],
    ["no tokenizer", () => without("pytorch F16", "tokenizer.model"), "tokenizer_invalid", /no tokenizer/],
    [
      "no first shard",
      () => without("Meta, four shards", "consolidated.00.pth"),
      "checkpoint_invalid",
      /lacks the file "consolidated.00.pth"/,
    ],
    [
      "no third shard",
      () => without("Meta, four shards", "consolidated.02.pth"),
      "checkpoint_invalid",
      /lacks the file "consolidated.02.pth"/,
    ],
    [
      "no last shard",
      () => without("Meta, four shards", "consolidated.03.pth"),
      "checkpoint_invalid",
      /has the shape|params.json/,
    ],
    [
      "no second file",
      () => without("safetensors BF16 shards", "model-00002-of-00002.safetensors"),
      "checkpoint_invalid",
      /missing: model-00002-of-00002.safetensors/,
    ],
    [
      "an adapter",
      () => memoryFiles({ "adapter_config.json": {}, "adapter_model.bin": new Uint8Array() }),
      "checkpoint_invalid",
      /holds a LoRA adapter/,
    ],
    ["GGUF files", () => memoryFiles({ "a.gguf": new Uint8Array() }), "checkpoint_invalid", /holds GGUF files/],
    [
      "several legacy files",
      () => memoryFiles({ "ggml-model-f16.bin": new Uint8Array(), "ggml-model-q4_0.bin": new Uint8Array() }),
      "checkpoint_invalid",
      /older ggml format/,
    ],
    [
      "a config.json that is cut off",
      () => memoryFiles({ ...tinyCheckpoints.get("pytorch F16")?.(), "config.json": '{"hidden' }),
      "checkpoint_invalid",
      /"config.json" is not valid JSON/,
    ],
    [
      "a config.json that is a list",
      () => memoryFiles({ ...tinyCheckpoints.get("pytorch F16")?.(), "config.json": [] }),
      "checkpoint_invalid",
      /not a JSON object/,
    ],
  ])("says what is wrong: %s", async (_title, files, code, message) => {
    await expect(openCheckpoint(files())).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  });

  it("says that there is no such folder", async () => {
    await expect(openCheckpoint(join(folder, "nowhere"))).rejects.toMatchObject({ code: "weights_unreadable" });
  });

  it("says that a file lies alone", async () => {
    const path = await writeFolder({ "model.safetensors": new Uint8Array(100) });
    await expect(openCheckpoint(join(path, "model.safetensors"))).rejects.toThrow(
      'no config.json or params.json beside "model.safetensors"',
    );
  });
});

describe("openCheckpoint on a file from before GGUF", () => {
  const contents = { "ggml-model-q4_0.bin": ggmlFile(smallModel("ggjt-v3", "Q4_0")) };

  it("opens it by its own name, or by its folder's when it is the only one", async () => {
    const path = await writeFolder(contents);
    for (const checkpoint of [path, join(path, "ggml-model-q4_0.bin")]) {
      const model = await openCheckpoint(checkpoint, { contextTokens: 512 });
      expect(model).toMatchObject({ name: "ggml-model-q4_0", fileType: "Q4_0", parameters: { contextTokens: 512 } });
      const out = join(folder, "out.gguf");
      const { partialPath } = await convertToGguf(model, out, { fileType: "Q4_0", encoder: plainEncoder });
      expect((await readGgufHeader(partialPath)).tensors.get("blk.0.ffn_up.weight")?.type).toBe("Q4_0");
      await model.source.close();
    }
  });
});

describe("a file that is something else", () => {
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 13476838\n";
  it.each([
    ["notes.txt", "hello", /"notes.txt" holds no weights that are known/],
    ["empty.gguf", "", /"empty.gguf" is empty/],
    ["model.gguf", "<!DOCTYPE html><title>Log in</title>", /"model.gguf" is a web page/],
    ["weights.bin", '{"error":"Access restricted"}', /"weights.bin" is a server's error message/],
    ["model.zip", "PK\u0003\u0004....", /"model.zip" is a zip archive/],
    ["other.safetensors", pointer, /"other.safetensors" is a Git LFS pointer/],
  ])("is called what it is, whatever lies beside it: %s", async (name, content, message) => {
    const path = await writeFolder({
      ...tinyCheckpoints.get("safetensors F16")?.(),
      [name]: Buffer.from(content, "latin1"),
    });
    await expect(openCheckpoint(join(path, name))).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ["safetensors F16", "model.safetensors", "safetensors_invalid"],
    ["pytorch F16", "pytorch_model.bin", "pytorch_invalid"],
  ])("is named in the place of a checkpoint's weights: %s", async (form, file, code) => {
    const path = await writeFolder({ ...tinyCheckpoints.get(form)?.(), [file]: Buffer.from(pointer) });
    await expect(openCheckpoint(path)).rejects.toMatchObject({
      code,
      message: expect.stringContaining("a Git LFS pointer"),
    });
  });

  it("is not seen in real weights", () => {
    for (const [form, make] of tinyCheckpoints)
      for (const [name, content] of Object.entries(make()))
        if (content instanceof Uint8Array && /safetensors$/.test(name))
          expect(recognizeForeign(content), `${form} ${name}`).toBeUndefined();
  });
});

import { mkdtemp, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveSampling } from "../chat/resolveSampling.js";
import { createLogger } from "../platform/logger.js";
import { packagePath } from "../platform/paths.js";
import { openLocalFiles } from "../weights/CheckpointFiles.js";
import { convertToGguf } from "../weights/convertToGguf.js";
import { plainEncoder } from "../weights/floats/plainEncoder.js";
import { type GgmlFileContent, type GgmlFileTensor, ggmlFile, tensorPart } from "../weights/ggml/fixtures/ggmlFile.js";
import { openGgml } from "../weights/ggml/openGgml.js";
import type { GgmlFormat } from "../weights/ggml/readGgmlHeader.js";
import { type GgmlTypeName, rowSizeBytes } from "../weights/ggmlTypes.js";
import { type GgufSource, openGguf } from "../weights/gguf/openGguf.js";
import { llamaTensors } from "../weights/llama/llamaTensors.js";
import { isDecodable, isEncodable, loadGgmlNative } from "../weights/quantize/ggmlNative.js";
import { ModelWorker } from "../workers/ModelWorker.js";
import { temporaryHome } from "./TestServer.js";

const demoPath = join(packagePath, "models", "demo", "demo-q8_0.gguf");
const tokenizerPath = join(packagePath, "server", "weights", "fixtures", "demo", "tokenizer.model");
const prompt = { text: "### Instruction:\nTell me a short story about a dog.\n\n### Response:\n" };
const fileTypes: Partial<Record<GgmlTypeName, number>> = { F16: 1, Q4_0: 2, Q4_1: 3, Q8_0: 7, Q5_0: 8, Q5_1: 9 };

let home: Awaited<ReturnType<typeof temporaryHome>>;
let demo: GgufSource;
beforeAll(async () => {
  home = await temporaryHome();
  demo = await openGguf(demoPath);
});
afterAll(async () => {
  await demo.close();
  await home.remove();
});

/** The demo model's tensors under their old names, its matrices quantized to `type`. */
async function demoTensors(type: GgmlTypeName): Promise<GgmlFileTensor[]> {
  const result: GgmlFileTensor[] = [];
  const names = llamaTensors({
    contextTokens: 512,
    embeddingLength: 256,
    blockCount: 6,
    feedForwardLength: 768,
    headCount: 8,
    keyValueHeadCount: 4,
    headLength: 32,
    headLengthIsExplicit: false,
    vocabularySize: 4096,
    rmsEpsilon: 1e-5,
    ropeTheta: 10_000,
    ropeScaling: undefined,
    tiedEmbeddings: false,
  });
  for (const { name, metaName } of names) {
    const tensor = demo.tensors.get(name);
    if (tensor === undefined || metaName === undefined) continue;
    const columns = tensor.shape.at(-1) ?? 1;
    const rows = tensor.shape.length === 1 ? 1 : (tensor.shape[0] ?? 1);
    const own = await tensor.readRows(0, rows);
    const wanted = tensor.shape.length === 1 ? "F32" : type;
    if (!isDecodable(tensor.type) || !isEncodable(wanted)) throw new TypeError(`no ${wanted} from ${tensor.type}`);
    const values = new Float32Array(rows * columns);
    loadGgmlNative().toF32(tensor.type, own, values, rows, columns);
    const bytes = new Uint8Array(rows * rowSizeBytes(wanted, columns));
    loadGgmlNative().fromF32(wanted, values, bytes, rows, columns);
    result.push({ name: metaName, type: wanted, shape: tensor.shape, bytes });
  }
  return result;
}

async function demoInOldFormat(
  format: GgmlFormat,
  type: GgmlTypeName,
  rowOrder?: "blocks" | "planes",
): Promise<GgmlFileContent> {
  const tokens = demo.index.metadata.get("tokenizer.ggml.tokens");
  const scores = demo.index.metadata.get("tokenizer.ggml.scores");
  if (tokens?.type !== "array" || tokens.itemType !== "string" || scores?.type !== "array")
    throw new Error("the demo model has no vocabulary");
  const vocabulary = Array.from(tokens.value, (text, id) => ({
    bytes: id >= 3 && id < 259 ? Uint8Array.of(id - 3) : Buffer.from(id < 3 ? "" : text.replaceAll("▁", " ")),
    score: Number(scores.value.at(id)),
  }));
  return {
    format,
    hyperparameters: {
      vocabularySize: 4096,
      embeddingLength: 256,
      headCount: 8,
      layerCount: 6,
      rotaryLength: 32,
      fileType: fileTypes[type] ?? -1,
    },
    vocabulary,
    tensors: await demoTensors(type),
    ...(rowOrder === undefined ? {} : { rowOrder }),
  };
}

/** Writes the content as `partCount` files, converts them as an install does and gives the GGUF file's path. */
async function converted(content: GgmlFileContent, partCount = 1): Promise<string> {
  const folder = await mkdtemp(join(home.path, "old-"));
  for (let index = 0; index < partCount; index += 1) {
    const tensors = content.tensors.map((tensor) => tensorPart(tensor, index, partCount));
    const name = index === 0 ? "ggml-model.bin" : `ggml-model.bin.${index}`;
    await writeFile(join(folder, name), ggmlFile({ ...content, tensors }));
  }
  if (content.format === "ggml") await writeFile(join(folder, "tokenizer.model"), await readFile(tokenizerPath));
  const model = await openGgml(await openLocalFiles(folder), "ggml-model.bin");
  const path = join(home.path, `${content.format}-${content.tensors[0]?.type}.gguf`);
  const { partialPath } = await convertToGguf(model, path, {
    fileType: model.fileType,
    encoder: plainEncoder,
  });
  await model.source.close();
  await rename(partialPath, path);
  return path;
}

/** What the engine makes of the prompt, choosing the likeliest token every time. */
async function greedyText(modelPath: string): Promise<string> {
  const worker = new ModelWorker("test", createLogger("silent"));
  try {
    await worker.load({ modelPath, contextTokens: 512, sequences: 1, threads: 1, maxThreads: 1, gpu: "off" }, () => {});
    return await new Promise<string>((resolve, reject) => {
      const pieces: string[] = [];
      const sampling = resolveSampling({ temperature: 0, repeatPenalty: 1, maxTokens: 60 });
      worker.generate(
        { id: "one", input: prompt, sampling, client: "test", owner: "local", priority: "watched", options: {} },
        {
          queued: () => {},
          reading: () => {},
          text: (text) => pieces.push(text),
          done: () => resolve(pieces.join("")),
          failed: reject,
        },
      );
    });
  } finally {
    await worker.close();
  }
}

describe("a model of the formats before GGUF", () => {
  it("has the demo model's very tensors, tokens and scores again, whatever format it went through", async () => {
    for (const [format, type, parts] of [
      ["ggjt-v1", "Q8_0", 1],
      ["ggjt-v2", "Q8_0", 2],
      ["ggjt-v3", "Q8_0", 4],
    ] as const) {
      const path = await converted(await demoInOldFormat(format, type), parts);
      const result = await openGguf(path);
      for (const [name, tensor] of demo.tensors) {
        const rows = tensor.shape.length === 1 ? 1 : (tensor.shape[0] ?? 1);
        const bytes = (await result.tensors.get(name)?.readRows(0, rows)) ?? new Uint8Array();
        expect(Buffer.from(bytes).equals(await tensor.readRows(0, rows)), `${format} ${name}`).toBe(true);
      }
      for (const key of ["tokens", "scores", "token_type", "bos_token_id", "eos_token_id", "add_bos_token"]) {
        const values = [result, demo].map(({ index }) => index.metadata.get(`tokenizer.ggml.${key}`)?.value);
        const [ours, theirs] = values.map((value) => (typeof value === "object" ? [...value] : value));
        expect(ours, key).toEqual(theirs);
      }
      await result.close();
    }
  });

  it("writes the demo model's text", async () => {
    const expected = await greedyText(demoPath);
    expect(expected.length).toBeGreaterThan(100);
    expect(await greedyText(await converted(await demoInOldFormat("ggjt-v2", "Q8_0")))).toBe(expected);
  });

  // Files of these formats hold the same numbers, so the text is the same as that of the newest format, whose blocks are
  // what the engine reads today.
  for (const [format, type, rowOrder, parts] of [
    ["ggml", "Q4_1", "planes", 1],
    ["ggmf-v1", "Q4_0", "blocks", 2],
  ] as const)
    it(`writes the same text from ${format} as from today's ${type}`, async () => {
      const old = await converted(await demoInOldFormat(format, type, rowOrder), parts);
      const today = await converted(await demoInOldFormat("ggjt-v3", type));
      const text = await greedyText(old);
      expect(text.length).toBeGreaterThan(20);
      expect(text).toBe(await greedyText(today));
    });
});

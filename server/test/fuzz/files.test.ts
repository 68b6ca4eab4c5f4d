import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scriptedProgram } from "../../bench/scriptedProgram.js";
import { AppError } from "../../platform/AppError.js";
import { createLogger } from "../../platform/logger.js";
import { convertToGguf } from "../../weights/convertToGguf.js";
import { memoryBytes } from "../../weights/fixtures/memoryBytes.js";
import { memoryFiles } from "../../weights/fixtures/memoryFiles.js";
import { tinyCheckpoint } from "../../weights/fixtures/tinyCheckpoints.js";
import { safetensorsBytes, tinyConfig, tinyParams } from "../../weights/fixtures/tinyLlama.js";
import { llama3Json, sentencePieceBytes } from "../../weights/fixtures/tinyTokenizer.js";
import { torchBytes, torchLegacyBytes } from "../../weights/fixtures/torchFile.js";
import { plainEncoder } from "../../weights/floats/plainEncoder.js";
import { ggmlFile } from "../../weights/ggml/fixtures/ggmlFile.js";
import { memoryFolder } from "../../weights/ggml/fixtures/memoryFolder.js";
import { smallModel, smallVocabulary } from "../../weights/ggml/fixtures/smallModel.js";
import { tokenizerModel } from "../../weights/ggml/fixtures/tokenizerModel.js";
import { openGgml } from "../../weights/ggml/openGgml.js";
import { ggmlFormats } from "../../weights/ggml/readGgmlHeader.js";
import { inspectGguf } from "../../weights/gguf/inspectGguf.js";
import { readGgufHeader } from "../../weights/gguf/readGgufHeader.js";
import { readHuggingFaceConfig } from "../../weights/llama/readHuggingFaceConfig.js";
import { readMetaParams } from "../../weights/llama/readMetaParams.js";
import { openCheckpoint } from "../../weights/openCheckpoint.js";
import { openTorchFile } from "../../weights/pytorch/openTorchFile.js";
import { countRows } from "../../weights/readFloatRows.js";
import { readJsonObject } from "../../weights/readSmallFile.js";
import { openSafetensors } from "../../weights/safetensors/openSafetensors.js";
import type { SourceTensor } from "../../weights/TensorSource.js";
import { openTokenizer } from "../../weights/tokenizer/openTokenizer.js";
import { ModelWorker } from "../../workers/ModelWorker.js";
import { WorkerPool } from "../../workers/WorkerPool.js";
import { fastestMs } from "../fastestMs.js";
import { brokenValue } from "./brokenValue.js";
import { fuzzRuns, heldBytes } from "./fuzzRuns.js";
import { mutatedBytes } from "./mutatedBytes.js";

const [brief, long] = [150, 2000];
/** A file that is refused is refused in this time. */
const refusalMs = 100;
/** What may be held more after all files than before: caches of the runtime, no file. */
const slackBytes = 24e6;

const tensors = new Map([
  ["a", { shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ["b", { shape: [4], values: Float32Array.of(7, 8, 9, 10) }],
]);

let folder: string;
let ggufPath: string;
let gguf: Uint8Array;
let ggufHeaderBytes: number;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-fuzz-"));
  ggufPath = join(folder, "whole.gguf");
  const model = await openCheckpoint(tinyCheckpoint("safetensors F16"));
  const { partialPath } = await convertToGguf(model, ggufPath, { fileType: "F16", encoder: plainEncoder });
  gguf = await readFile(partialPath);
  ggufHeaderBytes = (await readGgufHeader(memoryBytes(gguf))).dataOffset;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function readRows(found: Iterable<SourceTensor>): Promise<void> {
  for (const tensor of found) await tensor.readRows(0, Math.min(4, countRows(tensor.shape)));
}

/** Reads it, or is told in time and in words for people why not. Gives whether it was read. */
async function readOrRefuse(read: () => Promise<unknown>): Promise<boolean> {
  let error: unknown;
  const ms = await fastestMs(refusalMs, async () => {
    error = undefined;
    await read().catch((reason: unknown) => {
      error = reason;
    });
  });
  if (error === undefined) return true;
  expect(error).toBeInstanceOf(AppError);
  const { code, hint, message } = error as AppError;
  expect(code).not.toBe("internal");
  expect(hint).toBeTruthy();
  expect(message).not.toMatch(/undefined|\[object/);
  expect(ms).toBeLessThan(refusalMs);
  return false;
}

/** Tries mutated files of a format; some of them have to be refused, and nothing may be left of any. */
async function tryAll<T>(inputs: fc.Arbitrary<T>, read: (input: T) => Promise<unknown>): Promise<void> {
  let refused = 0;
  const property = fc.asyncProperty(inputs, async (input) => {
    if (!(await readOrRefuse(() => read(input)))) refused++;
  });
  await fc.assert(property, { ...fuzzRuns(20, 20), endOnFailure: true });
  const before = heldBytes();
  await fc.assert(property, fuzzRuns(brief, long));
  // Buffers are given back a little after they were collected.
  await expect.poll(() => heldBytes() - before).toBeLessThan(slackBytes);
  expect(refused).toBeGreaterThan(brief / 10);
}

describe("[T15] mutated GGUF files", () => {
  it("are read whole or refused in time, and leave nothing behind", async () => {
    const path = join(folder, "mutated.gguf");
    await tryAll(mutatedBytes(gguf, ggufHeaderBytes), async ({ bytes }) => {
      await writeFile(path, bytes);
      await inspectGguf(path);
    });
  });

  it("that are refused never reach a native loader", async () => {
    const pool = new WorkerPool(
      // An engine that loads whatever it is given: if it were asked, the model would be ready.
      { contextTokens: 64, maxThreads: 1, gpu: "off", idleUnloadMs: 0, worker: { program: scriptedProgram() } },
      createLogger("silent"),
    );
    let count = 0;
    try {
      await fc.assert(
        fc.asyncProperty(mutatedBytes(gguf, ggufHeaderBytes), async ({ bytes }) => {
          const weightsPath = join(folder, `pool-${count++}.gguf`);
          await writeFile(weightsPath, bytes);
          const isSound = await inspectGguf(weightsPath).then(
            () => true,
            () => false,
          );
          fc.pre(!isSound);
          const model = { id: `m${count}`, weightsPath, sizeBytes: bytes.length };
          await expect(pool.acquire(model, () => {})).rejects.toMatchObject({
            code: expect.stringMatching(/^(gguf_invalid|weights_unreadable)$/),
          });
          await rm(weightsPath);
        }),
        { ...fuzzRuns(5, 100) },
      );
    } finally {
      await pool.close();
    }
  });
});

describe("[T15] mutated GGUF files that pass", () => {
  it("are loaded, or refused by the engine, and do not bring its process down", async () => {
    const path = join(folder, "passing.gguf");
    await fc.assert(
      fc.asyncProperty(mutatedBytes(gguf, ggufHeaderBytes), async ({ bytes }) => {
        await writeFile(path, bytes);
        const passes = await inspectGguf(path).then(
          () => true,
          () => false,
        );
        fc.pre(passes);
        const worker = new ModelWorker("mutated", createLogger("silent"));
        const options = {
          modelPath: path,
          contextTokens: 64,
          sequences: 1,
          threads: 1,
          maxThreads: 1,
          gpu: "off",
        } as const;
        const error = await worker
          .load(options, () => {})
          .then(
            () => undefined,
            (reason: unknown) => reason,
          )
          .finally(() => worker.close());
        if (error !== undefined) expect(error).toMatchObject({ code: "model_load_failed" });
      }),
      fuzzRuns(3, 150),
    );
  });
});

describe.each<[string, Uint8Array, (bytes: Uint8Array) => Promise<unknown>]>([
  [
    "safetensors",
    safetensorsBytes(tensors, "F32"),
    async (bytes) => readRows((await openSafetensors(memoryFiles({ "model.safetensors": bytes }))).tensors.values()),
  ],
  [
    "pickles in a PyTorch archive",
    torchBytes(tensors, "F16"),
    async (bytes) => readRows((await openTorchFile(memoryBytes(bytes))).values()),
  ],
  [
    "pickles of before PyTorch 1.6",
    torchLegacyBytes(tensors, "F16"),
    async (bytes) => readRows((await openTorchFile(memoryBytes(bytes))).values()),
  ],
  [
    "tokenizer.model",
    sentencePieceBytes(),
    (bytes) => openTokenizer(memoryFiles({ "tokenizer.model": bytes }), { vocabularySize: 300 }),
  ],
  [
    "tokenizer.json",
    Buffer.from(JSON.stringify(llama3Json)),
    (bytes) => openTokenizer(memoryFiles({ "tokenizer.json": bytes }), { vocabularySize: 18 }),
  ],
])("[T17] mutated %s", (_name, whole, read) => {
  it("are read or refused in time, and leave nothing behind", () =>
    tryAll(mutatedBytes(whole), ({ bytes }) => read(bytes)));
});

describe("[T15] mutated models of old formats", () => {
  const tokenizer = tokenizerModel(smallVocabulary(300));
  it.each(ggmlFormats)("%s are read or refused in time, and leave no file open", async (format) => {
    const model = smallModel(format, "Q4_0", {
      embeddingLength: 64,
      feedForwardLength: 64,
      headCount: 2,
      keyValueHeadCount: 2,
    });
    const whole = ggmlFile({ ...model, vocabulary: smallVocabulary(300) });
    await tryAll(mutatedBytes(whole, 8000), async ({ bytes }) => {
      const files = memoryFolder({ "m.bin": bytes, "tokenizer.model": tokenizer });
      try {
        const source = await openGgml(files, "m.bin");
        await source.source.close();
      } finally {
        expect(files.openCount()).toBe(0);
      }
    });
  });
});

describe.each<[string, unknown, (value: object) => Promise<unknown>]>([
  [
    "tokenizer.json",
    llama3Json,
    (value) => openTokenizer(memoryFiles({ "tokenizer.json": value }), { vocabularySize: 18 }),
  ],
  [
    "config.json",
    tinyConfig,
    async (value) => readHuggingFaceConfig(await readJsonObject(memoryFiles({ "config.json": value }), "config.json")),
  ],
  [
    "params.json",
    tinyParams,
    async (value) =>
      readMetaParams(await readJsonObject(memoryFiles({ "params.json": value }), "params.json"), {
        vocabularySize: 300,
      }),
  ],
])("[T11] %s with wrong values", (_name, valid, read) => {
  it("is read or refused in time", () =>
    tryAll(
      brokenValue(valid).filter((value): value is object => typeof value === "object" && value !== null),
      read,
    ));
});

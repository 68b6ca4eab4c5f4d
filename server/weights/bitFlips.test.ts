import { describe, expect, it } from "vitest";
import { AppError } from "../platform/AppError.js";
import { memoryBytes } from "./fixtures/memoryBytes.js";
import { memoryFiles } from "./fixtures/memoryFiles.js";
import { safetensorsBytes, tinyConfig, tinyParams } from "./fixtures/tinyLlama.js";
import { llama3Json, sentencePieceBytes, tinyPieces } from "./fixtures/tinyTokenizer.js";
import { torchBytes, torchLegacyBytes } from "./fixtures/torchFile.js";
import { readHuggingFaceConfig } from "./llama/readHuggingFaceConfig.js";
import { readMetaParams } from "./llama/readMetaParams.js";
import { openTorchFile } from "./pytorch/openTorchFile.js";
import { countRows } from "./readFloatRows.js";
import { readJsonObject } from "./readSmallFile.js";
import { openSafetensors } from "./safetensors/openSafetensors.js";
import type { SourceTensor } from "./TensorSource.js";
import { openTokenizer } from "./tokenizer/openTokenizer.js";

const tensors = new Map([
  ["a", { shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ["b", { shape: [4], values: Float32Array.of(7, 8, 9, 10) }],
]);

async function readAll(found: Iterable<SourceTensor>): Promise<void> {
  for (const tensor of found) await tensor.readRows(0, Math.min(4, countRows(tensor.shape)));
}

const readers: Record<string, { bytes: Uint8Array; read: (bytes: Uint8Array) => Promise<unknown> }> = {
  safetensors: {
    bytes: safetensorsBytes(tensors, "F32"),
    read: async (bytes) =>
      readAll((await openSafetensors(memoryFiles({ "model.safetensors": bytes }))).tensors.values()),
  },
  "a PyTorch archive": {
    bytes: torchBytes(tensors, "F16"),
    read: async (bytes) => readAll((await openTorchFile(memoryBytes(bytes))).values()),
  },
  "a PyTorch file of before 1.6": {
    bytes: torchLegacyBytes(tensors, "F16"),
    read: async (bytes) => readAll((await openTorchFile(memoryBytes(bytes))).values()),
  },
  "tokenizer.model": {
    bytes: sentencePieceBytes({ pieces: tinyPieces(12) }),
    read: (bytes) => openTokenizer(memoryFiles({ "tokenizer.model": bytes }), { vocabularySize: 12 }),
  },
  "tokenizer.json": {
    bytes: Buffer.from(JSON.stringify(llama3Json)),
    read: (bytes) => openTokenizer(memoryFiles({ "tokenizer.json": bytes }), { vocabularySize: 18 }),
  },
  "config.json": {
    bytes: Buffer.from(JSON.stringify(tinyConfig)),
    read: async (bytes) =>
      readHuggingFaceConfig(await readJsonObject(memoryFiles({ "config.json": bytes }), "config.json")),
  },
  "params.json": {
    bytes: Buffer.from(JSON.stringify(tinyParams)),
    read: async (bytes) =>
      readMetaParams(await readJsonObject(memoryFiles({ "params.json": bytes }), "params.json"), {
        vocabularySize: 300,
      }),
  },
};

describe.each(Object.entries(readers))("%s with any one bit flipped", (_name, { bytes, read }) => {
  it("is read, or refused with an error for people", async () => {
    await read(bytes);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const error = await read(flipped).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (error === undefined) continue;
      expect(error, `bit ${bit}`).toBeInstanceOf(AppError);
      expect((error as AppError).hint, `bit ${bit}`).toBeTruthy();
    }
  });
});

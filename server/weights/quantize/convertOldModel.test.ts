import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { convertToGguf } from "../convertToGguf.js";
import { ggmlFile } from "../ggml/fixtures/ggmlFile.js";
import { memoryFolder } from "../ggml/fixtures/memoryFolder.js";
import { smallModel } from "../ggml/fixtures/smallModel.js";
import { openGgml } from "../ggml/openGgml.js";
import { readGgufHeader } from "../gguf/readGgufHeader.js";
import { chooseTensorTypes } from "./chooseTensorTypes.js";
import { QuantizerPool } from "./QuantizerPool.js";
import { quantizeGguf } from "./quantizeGguf.js";
import { readQuantizedModel } from "./readQuantizedModel.js";

let folder: string;
let pool: QuantizerPool;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-old-model-"));
  pool = QuantizerPool.start(1);
});
afterEach(async () => {
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

/** The tensors' descriptions and bytes, by name. */
async function tensorsOf(path: string): Promise<Map<string, string>> {
  const file = await readFile(path);
  const { tensors } = await readGgufHeader(path);
  return new Map(
    [...tensors.values()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, type, offset, sizeBytes }) => [
        name,
        `${type} ${file.subarray(offset, offset + sizeBytes).toString("base64")}`,
      ]),
  );
}

describe("an old model that is converted to another quantization", () => {
  for (const [from, to] of [
    ["F16", "Q4_K_M"],
    ["F16", "Q8_0"],
    ["Q4_0", "Q5_K_S"],
    ["Q8_0", "F16"],
  ] as const)
    it(`has the tensors that llama.cpp's rules give its GGUF file: ${from} to ${to}`, async () => {
      const shape = { embeddingLength: 256, feedForwardLength: 512 };
      const bytes = ggmlFile(smallModel("ggjt-v2", from, shape));
      const open = () => openGgml(memoryFolder({ "m.bin": bytes }), "m.bin");
      const kept = join(folder, "kept.gguf");
      const model = await open();
      const { partialPath } = await convertToGguf(model, kept, { fileType: model.fileType, encoder: pool });
      await rename(partialPath, kept);
      const twoSteps = join(folder, "two-steps.gguf");
      await quantizeGguf(kept, twoSteps, to, { threadCount: 1, pool, allowRequantize: true });

      const again = await open();
      const oneStep = await convertToGguf(again, join(folder, "one-step.gguf"), {
        fileType: to,
        chooseTypes: (tensors, metadata) => chooseTensorTypes(tensors, to, readQuantizedModel(metadata, "m")),
        encoder: pool,
      });
      expect(await tensorsOf(oneStep.partialPath)).toEqual(await tensorsOf(twoSteps));
    });
});

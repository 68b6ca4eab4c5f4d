import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { quantizationNames } from "../protocol/install.js";
import type { LlamaModel } from "../weights/convertToGguf.js";
import { memoryFiles } from "../weights/fixtures/memoryFiles.js";
import { safetensorsBytes, tinyConfig, tinyHuggingFaceTensors } from "../weights/fixtures/tinyLlama.js";
import { sentencePieceBytes } from "../weights/fixtures/tinyTokenizer.js";
import { openGguf } from "../weights/gguf/openGguf.js";
import { openCheckpoint } from "../weights/openCheckpoint.js";
import { quantizeGguf } from "../weights/quantize/quantizeGguf.js";
import { convertModel } from "./convertModel.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-convert-model-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Values that F16 does not hold exactly, down to ones so small that it loses them. */
function open(type: "F32" | "BF16"): Promise<LlamaModel> {
  const tensors = new Map(
    [...tinyHuggingFaceTensors()].map(([name, { shape, values }]) => [
      name,
      { shape, values: values.map((value, index) => value * 1.2345678 * 10 ** -(index % 7)) },
    ]),
  );
  return openCheckpoint(
    memoryFiles({
      "config.json": tinyConfig,
      "tokenizer.model": sentencePieceBytes(),
      "model.safetensors": safetensorsBytes(tensors, type),
    }),
  );
}

async function tensorsOf(path: string): Promise<Record<string, string>> {
  const source = await openGguf(path);
  const tensors: Record<string, string> = {};
  for (const tensor of source.tensors.values()) {
    const rows = tensor.shape.slice(0, -1).reduce((product, length) => product * length, 1);
    tensors[tensor.name] = `${tensor.type} ${Buffer.from(await tensor.readRows(0, rows)).toString("base64")}`;
  }
  await source.close();
  return tensors;
}

async function converted(model: LlamaModel, quantization: (typeof quantizationNames)[number]): Promise<string> {
  const path = join(folder, `${quantization}.gguf`);
  const { partialPath } = await convertModel(model, path, quantization, { threadCount: 1 });
  await rename(partialPath, path);
  await model.source.close();
  return path;
}

describe("convertModel", () => {
  it.each(["F32", "BF16"] as const)(
    "gives the tensors that quantizing the F16 file gives, from %s, for every type",
    async (type) => {
      const f16 = await converted(await open(type), "F16");
      for (const quantization of quantizationNames) {
        if (["F32", "F16", "BF16"].includes(quantization)) continue;
        const expected = join(folder, "expected.gguf");
        await quantizeGguf(f16, expected, quantization, { threadCount: 1 });
        expect(await tensorsOf(await converted(await open(type), quantization)), quantization).toEqual(
          await tensorsOf(expected),
        );
      }
    },
  );

  it("writes norms as F32 whatever the checkpoint has", async () => {
    const source = await openGguf(await converted(await open("BF16"), "Q4_0"));
    expect(source.tensors.get("blk.0.attn_norm.weight")?.type).toBe("F32");
    expect(source.tensors.get("output_norm.weight")?.type).toBe("F32");
    await source.close();
  });
});

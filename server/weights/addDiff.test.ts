import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { addDiff } from "./addDiff.js";
import { convertToGguf, type LlamaModel } from "./convertToGguf.js";
import { memoryFiles } from "./fixtures/memoryFiles.js";
import { tinyCheckpoint } from "./fixtures/tinyCheckpoints.js";
import {
  safetensorsBytes,
  type TinyTensors,
  tinyConfig,
  tinyHuggingFaceTensors,
  tinyMetaTensors,
  tinyShape,
} from "./fixtures/tinyLlama.js";
import { sentencePieceBytes } from "./fixtures/tinyTokenizer.js";
import { plainEncoder } from "./floats/plainEncoder.js";
import { llamaTensors } from "./llama/llamaTensors.js";
import { openCheckpoint } from "./openCheckpoint.js";
import { countRows, readFloatRows } from "./readFloatRows.js";

/** A diff as Alpaca's: one token more than the base. */
const vocabulary = tinyShape.vocabulary + 1;
const diffMeta = tinyMetaTensors({ seed: 7, vocabulary });

const openDiff = (tensors: TinyTensors = tinyHuggingFaceTensors(diffMeta), config: object = {}) =>
  openCheckpoint(
    memoryFiles(
      {
        "config.json": { ...tinyConfig, vocab_size: vocabulary, ...config },
        "tokenizer.model": sentencePieceBytes(),
        "added_tokens.json": { "[PAD]": 300 },
        "model.safetensors": safetensorsBytes(tensors, "F32"),
      },
      "alpaca",
    ),
  );

/** The sum worked out from the tensors themselves, in Meta's order of rows. */
function expectedValues(metaName: string): Float32Array {
  const base = tinyMetaTensors().get(metaName);
  const diff = diffMeta.get(metaName);
  if (base === undefined || diff === undefined) throw new Error(metaName);
  const columns = base.shape.at(-1) ?? 1;
  return diff.values.map((value, index) => {
    if (index < base.values.length) return Math.fround(value + (base.values[index] ?? 0));
    const column = base.values.filter((_, at) => at % columns === index % columns);
    return Math.fround(value + Math.fround(column.reduce((sum, item) => sum + item, 0) / column.length));
  });
}

async function readAll(model: LlamaModel, name: string): Promise<Float32Array> {
  const tensor = model.source.tensors.get(name);
  if (tensor === undefined) throw new Error(name);
  return await readFloatRows(tensor, 0, countRows(tensor.shape));
}

describe("addDiff", () => {
  it.each(["safetensors F16", "Meta, two shards"])("adds every tensor to a base of the form %s", async (form) => {
    const recovered = addDiff(await openCheckpoint(tinyCheckpoint(form)), await openDiff());
    expect(recovered.name).toBe("alpaca");
    expect(recovered.parameters.vocabularySize).toBe(301);
    expect(recovered.tokenizer.tokens[300]?.text).toBe("[PAD]");
    for (const { name, metaName } of llamaTensors(recovered.parameters)) {
      if (!recovered.source.tensors.has(name)) continue;
      expect(recovered.source.tensors.get(name)?.type).toBe("F32");
      expect(await readAll(recovered, name), name).toEqual(expectedValues(metaName ?? ""));
    }
  });

  it("gives new tokens the mean of the old rows wherever a block ends", async () => {
    const recovered = addDiff(await openCheckpoint(tinyCheckpoint("safetensors F32")), await openDiff());
    const tensor = recovered.source.tensors.get("output.weight");
    const expected = expectedValues("output.weight");
    for (const [first, count] of [
      [300, 1],
      [299, 2],
      [0, 301],
      [250, 51],
    ] as const)
      expect(tensor && (await readFloatRows(tensor, first, count))).toEqual(
        expected.slice(first * 64, (first + count) * 64),
      );
  });

  it("knows the sum of everything, with the rotary buffers of the diff's day", async () => {
    const recovered = addDiff(await openCheckpoint(tinyCheckpoint("safetensors F32")), await openDiff());
    const folder = await mkdtemp(join(tmpdir(), "cria-diff-"));
    try {
      await convertToGguf(recovered, join(folder, "m.gguf"), { fileType: "F32", encoder: plainEncoder });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    let expected = 0;
    for (const name of diffMeta.keys()) expected += expectedValues(name).reduce((sum, value) => sum + value, 0);
    for (let pair = 0; pair < 8; pair += 1) expected += 2 * 10_000 ** (-(2 * pair) / 16);
    expect(recovered.parameterSum()).toBeCloseTo(expected, 4);
  });
});

describe("addDiff on models that do not fit", () => {
  it.each([
    [{ num_hidden_layers: 1 }, /blockCount differs/],
    [{ tie_word_embeddings: true }, /tiedEmbeddings differs/],
  ])("refuses %j", async (config, message) => {
    const layers = "num_hidden_layers" in config ? 1 : 2;
    const tensors = new Map(
      [...tinyHuggingFaceTensors(diffMeta)].filter(([name]) => layers === 2 || !name.includes("layers.1.")),
    );
    const [base, diff] = [await openCheckpoint(tinyCheckpoint("safetensors F16")), await openDiff(tensors, config)];
    expect(() => addDiff(base, diff)).toThrow(
      expect.objectContaining({ code: "checkpoint_invalid", message: expect.stringMatching(message) }),
    );
  });

  it("refuses a diff with a smaller vocabulary", async () => {
    const base = await openDiff();
    const diff = await openCheckpoint(tinyCheckpoint("safetensors F16"));
    expect(() => addDiff(base, diff)).toThrow(/vocabularySize differs/);
  });
});

import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { openLocalFiles } from "../weights/CheckpointFiles.js";
import { rawSafetensors } from "../weights/fixtures/tinyLlama.js";
import { sentencePieceBytes } from "../weights/fixtures/tinyTokenizer.js";
import { fromFloat32, toFloat32 } from "../weights/floats/plainRows.js";
import { ggmlTypes } from "../weights/ggmlTypes.js";
import { type GgufIndex, readGgufIndex } from "../weights/gguf/readGgufIndex.js";
import { llamaTensors } from "../weights/llama/llamaTensors.js";
import { rotarySourceRow } from "../weights/llama/permuteRotaryRows.js";
import { openSafetensors } from "../weights/safetensors/openSafetensors.js";
import { demoRowsPath, sampledRows } from "./demoRows.js";

const shipped = join(packagePath, "models", "demo", "demo-q8_0.gguf");
const parameters = {
  contextTokens: 512,
  embeddingLength: 256,
  blockCount: 6,
  feedForwardLength: 768,
  headCount: 8,
  keyValueHeadCount: 4,
  headLength: 32,
  headLengthIsExplicit: true,
  vocabularySize: 4096,
  rmsEpsilon: 1e-5,
  ropeTheta: 10_000,
  ropeScaling: undefined,
  tiedEmbeddings: false,
};
const config = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_act: "silu",
  hidden_size: 256,
  intermediate_size: 768,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 32,
  num_hidden_layers: 6,
  max_position_embeddings: 512,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  vocab_size: 4096,
  bos_token_id: 1,
  eos_token_id: 2,
  tie_word_embeddings: false,
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-demo-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/**
 * The checkpoint itself is too large to lie here. Its place takes one whose every row becomes the row of the demo model when it is
 * quantized, in which a few rows of every tensor are the checkpoint's own: were anything done to them but what was done when the demo
 * model was made, they would become other bytes, or the same bytes in another place.
 */
it("the demo model is, tensor by tensor, what cria convert makes of its checkpoint", async () => {
  const demo = await readFile(shipped);
  const index = await readGgufIndex(shipped);
  await mkdir(join(folder, "checkpoint"));
  const { bytes, ownRows } = await standIn(demo, index);
  for (const [name, content] of [
    ["model.safetensors", bytes],
    ["config.json", JSON.stringify(config)],
    ["tokenizer.model", sentencePieceBytes({ pieces: vocabulary(index) })],
  ] as const)
    await writeFile(join(folder, "checkpoint", name), content);
  const program = join(packagePath, "dist", "server", "cli", "main.js");
  const { status, stderr } = spawnSync(
    process.execPath,
    [program, "convert", "checkpoint", "converted.gguf", "--quantize", "Q8_0", "--threads", "1"],
    { cwd: folder, encoding: "utf8", env: { PATH: process.env.PATH, HOME: folder } },
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const converted = await readFile(join(folder, "converted.gguf"));
  const tensors = (await readGgufIndex(join(folder, "converted.gguf"))).tensors;
  expect([...tensors.keys()].sort()).toEqual([...index.tensors.keys()].sort());
  const different = [...index.tensors.values()].filter(({ name, type, shape, offset, sizeBytes }) => {
    const made = tensors.get(name);
    expect(made, name).toMatchObject({ type, shape, sizeBytes });
    const start = made?.offset ?? 0;
    return !converted.subarray(start, start + sizeBytes).equals(demo.subarray(offset, offset + sizeBytes));
  });
  expect(different.map(({ name }) => name)).toEqual([]);
  // The checkpoint's own rows say more than those that were made up.
  expect(ownRows.different / ownRows.count).toBeGreaterThan(0.7);
});

/** A `model.safetensors` as described above, and how many of the checkpoint's own rows are in it and differ from those made up. */
async function standIn(demo: Buffer, index: GgufIndex) {
  const own = await openSafetensors(await openLocalFiles(join(demoRowsPath, "..")), "demo-rows.safetensors");
  const header: Record<string, object> = {};
  const pieces: Uint8Array[] = [];
  const ownRows = { count: 0, different: 0 };
  let end = 0;
  for (const { name, huggingFaceName, shape, rotaryHeads, optional } of llamaTensors(parameters)) {
    const entry = index.tensors.get(name);
    if (entry === undefined) {
      expect(optional).toBe(true);
      continue;
    }
    const stored = demo.subarray(entry.offset, entry.offset + entry.sizeBytes);
    const columns = shape.at(-1) ?? 1;
    const rowBytes = columns * 2;
    const rows = (entry.type === "F32" ? fromFloat32("F16", toFloat32("F32", stored)) : unquantize(stored)).slice();
    const places = rotaryHeads === undefined ? rows : unpermute(rows, rowBytes, (shape[0] ?? 1) / rotaryHeads);
    for (const [at, row] of sampledRows(shape).entries()) {
      const real = await own.tensors.get(huggingFaceName)?.readRows(at, 1);
      if (real === undefined) throw new Error(`no rows of ${huggingFaceName} were sampled`);
      const made = places.subarray(row * rowBytes, (row + 1) * rowBytes);
      if (entry.type !== "F32") {
        ownRows.count++;
        if (Buffer.compare(real, made) !== 0) ownRows.different++;
      }
      made.set(real);
    }
    header[huggingFaceName] = { dtype: "F16", shape, data_offsets: [end, end + places.length] };
    end += places.length;
    pieces.push(places);
  }
  await own.close();
  return { bytes: rawSafetensors(header, Buffer.concat(pieces)), ownRows };
}

/** F16 values that are quantized to just these Q8_0 blocks: a scale (F16) and 32 whole numbers, the largest of them 127. */
function unquantize(blocks: Uint8Array): Uint8Array {
  const { blockBytes, blockValues } = ggmlTypes.Q8_0;
  const values = new Float32Array((blocks.length / blockBytes) * blockValues);
  for (let block = 0; block < blocks.length / blockBytes; block++) {
    const scaleBytes = blocks.slice(block * blockBytes, block * blockBytes + 2);
    const scale = toFloat32("F16", scaleBytes)[0] ?? 0;
    const largest = largestValue(scale, scaleBytes);
    for (let at = 0; at < blockValues; at++) {
      const quantized = new Int8Array(blocks.buffer, blocks.byteOffset + block * blockBytes + 2 + at, 1)[0] ?? 0;
      values[block * blockValues + at] =
        Math.abs(quantized) === 127 ? Math.sign(quantized) * largest : quantized * scale;
    }
  }
  return fromFloat32("F16", values);
}

/** An F16 value whose 127th part is rounded to the scale. */
function largestValue(scale: number, scaleBytes: Uint8Array): number {
  if (scale === 0) return 0;
  const near = new Uint16Array(fromFloat32("F16", Float32Array.of(scale * 127)).slice().buffer)[0] ?? 0;
  for (const step of [0, 1, -1, 2, -2]) {
    const value = toFloat32("F16", new Uint8Array(Uint16Array.of(near + step).buffer))[0] ?? 0;
    if (Buffer.compare(fromFloat32("F16", Float32Array.of(Math.fround(value / 127))), scaleBytes) === 0) return value;
  }
  throw new Error(`no value has the scale ${scale}`);
}

/** Rows in the order that transformers keeps them in. */
function unpermute(rows: Uint8Array, rowBytes: number, headLength: number): Uint8Array {
  const result = new Uint8Array(rows.length);
  for (let row = 0; row < rows.length / rowBytes; row++)
    result.set(rows.subarray(row * rowBytes, (row + 1) * rowBytes), rotarySourceRow(row, headLength) * rowBytes);
  return result;
}

function vocabulary({ metadata }: GgufIndex) {
  const [texts, scores, types] = ["tokens", "scores", "token_type"].map((key) => {
    const entry = metadata.get(`tokenizer.ggml.${key}`);
    if (entry?.type !== "array") throw new Error(`the demo model has no ${key}`);
    return [...entry.value];
  });
  return (texts ?? []).map((text, id) => ({
    text: String(text),
    score: Number(scores?.[id]),
    type: Number(types?.[id]),
  }));
}

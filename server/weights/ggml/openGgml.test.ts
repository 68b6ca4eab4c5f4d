import { describe, expect, it } from "vitest";
import { rowSizeBytes } from "../ggmlTypes.js";
import { type GgmlFileContent, ggmlFile, tensorPart } from "./fixtures/ggmlFile.js";
import { memoryFolder } from "./fixtures/memoryFolder.js";
import { smallModel } from "./fixtures/smallModel.js";
import { tokenizerModel } from "./fixtures/tokenizerModel.js";
import { openGgml } from "./openGgml.js";
import type { GgmlFormat } from "./readGgmlHeader.js";

const today: Record<string, string> = {
  tok_embeddings: "token_embd",
  norm: "output_norm",
  output: "output",
  "attention.wq": "attn_q",
  "attention.wk": "attn_k",
  "attention.wv": "attn_v",
  "attention.wo": "attn_output",
  "feed_forward.w1": "ffn_gate",
  "feed_forward.w2": "ffn_down",
  "feed_forward.w3": "ffn_up",
  attention_norm: "attn_norm",
  ffn_norm: "ffn_norm",
};

function todaysName(name: string): string {
  const match = /^(?:layers\.(\d+)\.)?(.+)\.weight$/.exec(name);
  return `${match?.[1] === undefined ? "" : `blk.${match[1]}.`}${today[match?.[2] ?? ""]}.weight`;
}

/** Opens the model cut into parts; every tensor must have today's bytes again, read whole and in pieces. */
async function expectSameTensors(content: GgmlFileContent, partCount = 1): Promise<void> {
  const contents: Record<string, Uint8Array> = { "tokenizer.model": tokenizerModel(content.vocabulary) };
  for (let index = 0; index < partCount; index += 1) {
    const tensors = content.tensors.map((tensor) => tensorPart(tensor, index, partCount));
    contents[index === 0 ? "model.bin" : `model.bin.${index}`] = ggmlFile({ ...content, tensors });
  }
  const folder = memoryFolder(contents);
  const model = await openGgml(folder, "model.bin");
  expect(model.source.tensors.size).toBe(content.tensors.length);
  for (const { name, type, shape, bytes } of content.tensors) {
    const tensor = model.source.tensors.get(todaysName(name));
    expect({ type: tensor?.type, shape: tensor?.shape }, name).toEqual({ type, shape });
    const rows = shape.length === 1 ? 1 : (shape[0] ?? 0);
    const rowBytes = rowSizeBytes(type, shape.at(-1) ?? 1);
    expect(Buffer.from(bytes).equals((await tensor?.readRows(0, rows)) ?? new Uint8Array()), name).toBe(true);
    const middle = bytes.subarray((rows >> 1) * rowBytes, ((rows >> 1) + 1) * rowBytes);
    expect(Buffer.from(middle).equals((await tensor?.readRows(rows >> 1, 1)) ?? new Uint8Array()), name).toBe(true);
  }
  expect(folder.openCount()).toBe(partCount);
  await model.source.close();
  expect(folder.openCount()).toBe(0);
}

const early = ["F32", "F16", "Q4_0", "Q4_1"] as const;
const middle = [...early, "Q5_0", "Q5_1", "Q8_0"] as const;
const late = [...middle, "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"] as const;
const typesOf = { ggml: early, "ggmf-v1": early, "ggjt-v1": middle, "ggjt-v2": middle, "ggjt-v3": late } as const;
const wide = { embeddingLength: 256, feedForwardLength: 512 };

describe("openGgml", () => {
  for (const [format, types] of Object.entries(typesOf) as [GgmlFormat, readonly (typeof late)[number][]][]) {
    it(`reads every type of ${format}`, async () => {
      for (const type of types) await expectSameTensors(smallModel(format, type, type.endsWith("K") ? wide : {}));
    });

    it(`puts the parts of a ${format} model together`, async () => {
      await expectSameTensors(smallModel(format, "Q4_0"), 2);
      await expectSameTensors(smallModel(format, "F16"), 4);
    });
  }

  it("tells the two row orders of unversioned files apart", async () => {
    for (const type of ["Q4_0", "Q4_1"] as const)
      for (const rowOrder of ["blocks", "planes"] as const) {
        await expectSameTensors({ ...smallModel("ggml", type), rowOrder });
        await expectSameTensors({ ...smallModel("ggml", type), rowOrder }, 2);
      }
  });

  it("knows the model's shape", async () => {
    const open = async (content: GgmlFileContent, more: Record<string, Uint8Array> = {}) =>
      openGgml(memoryFolder({ "m.bin": ggmlFile(content), ...more }), "m.bin");
    const old = await open(smallModel("ggjt-v2", "Q8_0"));
    expect(old.parameters).toMatchObject({
      contextTokens: 2048,
      embeddingLength: 128,
      blockCount: 2,
      feedForwardLength: 256,
      headCount: 4,
      keyValueHeadCount: 4,
      headLength: 32,
      vocabularySize: 300,
      rmsEpsilon: 1e-6,
      tiedEmbeddings: false,
    });
    expect(old).toMatchObject({ name: "m", format: "ggjt-v2", fileType: "Q8_0" });
    expect((await open(smallModel("ggjt-v3", "Q8_0"))).parameters.rmsEpsilon).toBe(5e-6);
    const shared = await open(smallModel("ggjt-v3", "Q8_0", { keyValueHeadCount: 2 }));
    expect(shared.parameters).toMatchObject({ keyValueHeadCount: 2, rmsEpsilon: 1e-5, contextTokens: 4096 });
    const params = { "params.json": Buffer.from('{"dim": 128, "norm_eps": 1e-05}') };
    expect((await open(smallModel("ggjt-v3", "Q8_0"), params)).parameters.rmsEpsilon).toBe(1e-5);
    expect((await open(smallModel("ggjt-v3", "Q4_K", wide))).fileType).toBe("Q4_K_S");
  });

  it("takes tokens and scores from the file, byte tokens by their place", async () => {
    const content = smallModel("ggjt-v3", "Q8_0");
    // LLaMA's vocabulary has the byte order mark as a token.
    const vocabulary = content.vocabulary.with(299, { bytes: Buffer.from("\ufeff"), score: -40 });
    const { tokenizer } = await openGgml(memoryFolder({ "m.bin": ggmlFile({ ...content, vocabulary }) }), "m.bin");
    expect(tokenizer.tokens[299]).toEqual({ text: "\ufeff", score: -40, type: 1 });
    expect(tokenizer.tokens.slice(0, 4)).toEqual([
      { text: "<unk>", score: 0, type: 2 },
      { text: "<s>", score: 0, type: 3 },
      { text: "</s>", score: 0, type: 3 },
      { text: "<0x00>", score: 0, type: 6 },
    ]);
    expect(tokenizer.tokens[258]).toEqual({ text: "<0xFF>", score: 0, type: 6 });
    expect(tokenizer.tokens[262]).toEqual({ text: "▁a3", score: -3, type: 1 });
    expect([...tokenizer.specialTokenIds]).toEqual([
      ["bos", 1],
      ["eos", 2],
      ["unk", 0],
    ]);
  });

  it("takes the scores of unversioned files from the tokenizer.model beside them", async () => {
    const content = smallModel("ggml", "F16");
    // The padding that Stanford added to LLaMA's vocabulary; the tokenizer.model does not have it.
    const padded = {
      ...content,
      vocabulary: [...content.vocabulary, { bytes: Buffer.from("[PAD]"), score: 0 }],
      hyperparameters: { ...content.hyperparameters, vocabularySize: 301 },
      tensors: content.tensors.map((tensor) =>
        tensor.shape[0] === 300
          ? { ...tensor, shape: [301, 128], bytes: Buffer.concat([tensor.bytes, new Uint8Array(256)]) }
          : tensor,
      ),
    };
    const folder = memoryFolder({ "m.bin": ggmlFile(padded), "tokenizer.model": tokenizerModel(content.vocabulary) });
    const { tokenizer } = await openGgml(folder, "m.bin");
    expect(tokenizer.tokens.length).toBe(301);
    expect(tokenizer.tokens[262]).toEqual({ text: "▁a3", score: -3, type: 1 });
    expect(tokenizer.tokens[300]).toEqual({ text: "[PAD]", score: 0, type: 3 });
    expect(tokenizer.specialTokenIds.get("pad")).toBe(300);
  });

  it("opens the whole model by the name of any part", async () => {
    const content = smallModel("ggmf-v1", "Q4_0");
    const part = (index: number) => ({
      ...content,
      tensors: content.tensors.map((tensor) => tensorPart(tensor, index, 2)),
    });
    const folder = memoryFolder({ "m.bin": ggmlFile(part(0)), "m.bin.1": ggmlFile(part(1)) });
    const model = await openGgml(folder, "m.bin.1");
    expect(model.source.tensors.get("token_embd.weight")?.shape).toEqual([300, 128]);
  });
});

import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { GgufValue } from "./GgufValue.js";
import { readGgufIndex } from "./readGgufIndex.js";
import { readModelSummary } from "./readModelSummary.js";

const demoPath = fileURLToPath(new URL("../../../../models/demo/demo-q8_0.gguf", import.meta.url));

const uint32 = (value: number): GgufValue => ({ type: "uint32", value });

function metadata(changes: Record<string, GgufValue | undefined> = {}): Map<string, GgufValue> {
  const entries: Record<string, GgufValue | undefined> = {
    "general.architecture": { type: "string", value: "llama" },
    "llama.block_count": uint32(2),
    "llama.context_length": uint32(64),
    "llama.embedding_length": uint32(32),
    "llama.feed_forward_length": uint32(96),
    "llama.attention.head_count": uint32(4),
    "llama.attention.layer_norm_rms_epsilon": { type: "float32", value: 1e-5 },
    "llama.vocab_size": uint32(32),
    ...changes,
  };
  return new Map(
    Object.entries(entries).flatMap(([key, value]): [string, GgufValue][] =>
      value === undefined ? [] : [[key, value]],
    ),
  );
}

const summarize = (changes?: Record<string, GgufValue | undefined>) =>
  readModelSummary({ metadata: metadata(changes), tensors: new Map() });

describe("readModelSummary", () => {
  it("reads the demo model", async () => {
    expect(readModelSummary(await readGgufIndex(demoPath))).toMatchObject({
      architecture: "llama",
      name: "Tiny Demo 7M",
      contextTokens: 512,
      blockCount: 6,
      embeddingLength: 256,
      feedForwardLength: 768,
      headCount: 8,
      keyValueHeadCount: 4,
      keyLength: 32,
      valueLength: 32,
      vocabularySize: 4096,
      tokenizerModel: "llama",
      bosTokenId: 1,
      eosTokenId: 2,
      addBos: true,
      addEos: false,
      chatTemplate: expect.stringContaining("### Instruction:"),
      license: "mit",
      parameterCount: 6_819_072,
      quantization: "Q8_0",
      tensorTypes: new Map([
        ["Q8_0", 44],
        ["F32", 13],
      ]),
    });
  });

  it("takes llama.cpp's defaults for what may be missing", () => {
    expect(summarize()).toMatchObject({
      keyValueHeadCount: 4,
      keyLength: 8,
      valueLength: 8,
      vocabularySize: 32,
      chatTemplate: undefined,
      bosTokenId: undefined,
      addBos: undefined,
      quantization: undefined,
    });
  });

  it("takes a blank chat template for none", () => {
    expect(summarize({ "tokenizer.chat_template": { type: "string", value: " \n" } }).chatTemplate).toBeUndefined();
  });

  it("takes the largest layer's heads where layers differ", () => {
    const perLayer: GgufValue = { type: "array", itemType: "uint32", value: Uint32Array.of(2, 4) };
    expect(summarize({ "llama.attention.head_count": perLayer }).headCount).toBe(4);
  });

  it("knows that models with a state instead of a cache have no heads", () => {
    const changes = ["block_count", "context_length", "embedding_length", "vocab_size"].map((key) => [
      `mamba.${key}`,
      metadata().get(`llama.${key}`),
    ]);
    expect(
      summarize({
        "general.architecture": { type: "string", value: "mamba" },
        "mamba.attention.head_count": uint32(0),
        "mamba.feed_forward_length": uint32(0),
        ...Object.fromEntries(changes),
      }),
    ).toMatchObject({ headCount: 0, keyValueHeadCount: 0, keyLength: 0 });
  });

  it("names the type of most values where the file names none", () => {
    const summary = readModelSummary({
      metadata: metadata(),
      tensors: new Map([
        ["a", { shape: [2, 256], type: "Q4_K", sizeBytes: 288 }],
        ["b", { shape: [8], type: "F32", sizeBytes: 32 }],
        ["c", { shape: [8], type: "F32", sizeBytes: 32 }],
      ]),
    });
    expect(summary.quantization).toBe("Q4_K");
    expect(summary.parameterCount).toBe(528);
    expect(summary.tensorSizeBytes).toBe(352);
  });
});

describe("readModelSummary on numbers that would bring llama.cpp down", () => {
  it.each<[string, Record<string, GgufValue | undefined>, RegExp]>([
    ["no architecture", { "general.architecture": undefined }, /which architecture/],
    ["no layers given", { "llama.block_count": undefined }, /no "llama.block_count"/],
    ["0 layers", { "llama.block_count": uint32(0) }, /"llama.block_count" is 0/],
    ["a billion layers", { "llama.block_count": uint32(1e9) }, /is 1000000000/],
    ["layers as text", { "llama.block_count": { type: "string", value: "2" } }, /not a whole number/],
    ["0 heads", { "llama.attention.head_count": uint32(0) }, /head_count" is 0/],
    ["no feed-forward length", { "llama.feed_forward_length": undefined }, /feed_forward_length" is missing/],
    ["a feed-forward length of 0", { "llama.feed_forward_length": uint32(0) }, /feed_forward_length" is 0/],
    [
      "a layer without heads",
      { "llama.attention.head_count_kv": { type: "array", itemType: "int32", value: Int32Array.of(2, 0) } },
      /head_count_kv" is 0/,
    ],
    ["no vocabulary", { "llama.vocab_size": undefined }, /no "llama.vocab_size"/],
    ["no tokens", { "tokenizer.ggml.tokens": { type: "array", itemType: "string", value: [] } }, /no tokens/],
    ["experts of which none is used", { "llama.expert_count": uint32(8) }, /0 of 8 experts/],
    ["more experts used than there are", { "llama.expert_used_count": uint32(9) }, /9 of 0 experts/],
    [
      "a billion experts",
      { "llama.expert_count": uint32(1e9), "llama.expert_used_count": uint32(2) },
      /2 of 1000000000 experts/,
    ],
    ["groups of experts without experts", { "llama.expert_group_count": uint32(2) }, /0 experts are in 2 groups/],
    ["layers that all predict further tokens", { "llama.nextn_predict_layers": uint32(2) }, /2 of its 2 layers/],
    ["an unknown RoPE scaling", { "llama.rope.scaling.type": { type: "string", value: "x" } }, /RoPE scaling is "x"/],
    ["an encoder with a decoder", { "general.architecture": { type: "string", value: "t5" } }, /encoder and a decoder/],
    ["0 key/value heads", { "llama.attention.head_count_kv": uint32(0) }, /head_count_kv" is 0/],
    ["a context of 0", { "llama.context_length": uint32(0) }, /context_length" is 0/],
    ["a context of 2^32-1", { "llama.context_length": uint32(2 ** 32 - 1) }, /context_length" is/],
    ["epsilon 0", { "llama.attention.layer_norm_rms_epsilon": { type: "float32", value: 0 } }, /epsilon" is 0/],
    ["a negative RoPE base", { "llama.rope.freq_base": { type: "float32", value: -1 } }, /freq_base" is -1/],
  ])("refuses %s", (_title, changes, message) => {
    expect(() => summarize(changes)).toThrow(message);
    expect(() => summarize(changes)).toThrow(expect.objectContaining({ code: "gguf_invalid" }));
  });
});

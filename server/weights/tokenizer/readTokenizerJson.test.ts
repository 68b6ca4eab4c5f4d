import { describe, expect, it } from "vitest";
import { memoryFiles } from "../fixtures/memoryFiles.js";
import { bpeLetters, llama3Json, llama3Split, sentencePieceBytes, tinyPieces } from "../fixtures/tinyTokenizer.js";
import { openTokenizer } from "./openTokenizer.js";

const open = (
  contents: Record<string, Uint8Array | object | string>,
  options: { vocabularySize?: number; modelConfig?: Record<string, unknown> } = {},
) => openTokenizer(memoryFiles(contents), { vocabularySize: 300, ...options });

const spm = { "tokenizer.model": sentencePieceBytes() };
const pieces = tinyPieces();

const bpe = (json: object) => open({ "tokenizer.json": json }, { vocabularySize: 18 });

describe("a byte-level BPE tokenizer", () => {
  it("gives tokens, types and merges", async () => {
    const tokenizer = await open(
      {
        "tokenizer.json": llama3Json,
        "tokenizer_config.json": { bos_token: "<|begin_of_text|>", eos_token: "<|eot_id|>" },
      },
      { vocabularySize: 18, modelConfig: { bos_token_id: 13, eos_token_id: [14, 13] } },
    );
    expect(tokenizer).toMatchObject({ model: "gpt2", pre: "llama-bpe", merges: ["a b", "Ġ a", "ab c"] });
    expect(tokenizer.tokens.map(({ text }) => text)).toEqual([
      ...bpeLetters,
      "ab",
      "Ġa",
      "abc",
      "<|begin_of_text|>",
      "<|eot_id|>",
      "tool call",
      "[PAD16]",
      "[PAD17]",
    ]);
    expect(tokenizer.tokens.map(({ type }) => type).slice(9)).toEqual([1, 1, 1, 1, 3, 3, 4, 5, 5]);
    expect(tokenizer.specialTokenIds).toEqual(
      new Map([
        ["bos", 13],
        ["eos", 14],
      ]),
    );
    expect(tokenizer.addSpecialToken).toEqual(
      new Map([
        ["bos", true],
        ["sep", false],
      ]),
    );
  });

  it("reads merges in pairs, with spaces inside", async () => {
    const merges = [
      ["a", "b"],
      [" ", "a"],
      ["ab", "c"],
    ];
    expect((await bpe({ ...llama3Json, model: { ...llama3Json.model, merges } })).merges).toEqual([
      "a b",
      "Ġ a",
      "ab c",
    ]);
  });

  it.each<[string, object, boolean]>([
    ["llama-bpe", llama3Json.pre_tokenizer, true],
    ["smaug-bpe", llama3Json.pre_tokenizer, false],
    [
      "smollm",
      {
        type: "Sequence",
        pretokenizers: [
          { type: "Digits", individual_digits: true },
          { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
        ],
      },
      false,
    ],
    ["gpt-2", { type: "ByteLevel", add_prefix_space: false, trim_offsets: true }, false],
    [
      "qwen2",
      {
        type: "Sequence",
        pretokenizers: [
          { type: "Split", pattern: { Regex: llama3Split.replace("{1,3}", "") } },
          { type: "ByteLevel", use_regex: false },
        ],
      },
      false,
    ],
    [
      "deepseek-coder",
      {
        type: "Sequence",
        pretokenizers: [
          { type: "Split", pattern: { Regex: "[\r\n]" } },
          { type: "Split", pattern: { Regex: "\\s?\\p{L}+" } },
          { type: "Split", pattern: { Regex: "\\s?\\p{P}+" } },
          { type: "Split", pattern: { Regex: "[一-龥ࠀ-一가-퟿]+" } },
          { type: "Digits", individual_digits: true },
          { type: "ByteLevel", use_regex: false },
        ],
      },
      false,
    ],
  ])("is recognised as %s", async (pre, pre_tokenizer, ignore_merges) => {
    expect((await bpe({ ...llama3Json, pre_tokenizer, model: { ...llama3Json.model, ignore_merges } })).pre).toBe(pre);
  });

  it("takes an end-of-text token from the template", async () => {
    const single = [{ Sequence: { id: "A" } }, { SpecialToken: { id: "<|eot_id|>" } }];
    const tokenizer = await bpe({ ...llama3Json, post_processor: { type: "TemplateProcessing", single } });
    expect(tokenizer.specialTokenIds.get("eos")).toBe(14);
    expect(tokenizer.addSpecialToken.get("eos")).toBe(true);
  });
});

describe("SentencePiece's BPE in the form of tokenizer.json", () => {
  it("has the scores of tokenizer.model", async () => {
    // As transformers writes it: for each piece, in the order of their scores, the pairs of pieces that make it.
    const texts = new Set(pieces.map((piece) => piece.text));
    const merges = pieces.slice(259).flatMap(({ text }) =>
      Array.from({ length: text.length - 1 }, (_, index) => [text.slice(0, index + 1), text.slice(index + 1)])
        .filter(([left = "", right = ""]) => texts.has(left) && texts.has(right))
        .map((pair) => pair.join(" ")),
    );
    const json = {
      model: {
        type: "BPE",
        byte_fallback: true,
        vocab: Object.fromEntries(pieces.map(({ text }, id) => [text, id])),
        merges,
      },
      added_tokens: [
        { id: 0, content: "<unk>", special: true },
        { id: 1, content: "<s>", special: true },
        { id: 2, content: "</s>", special: true },
      ],
    };
    const fromJson = await open({ "tokenizer.json": json });
    const fromModel = await open(spm);
    expect(fromJson.model).toBe("llama");
    expect(fromJson.merges).toBeUndefined();
    expect(fromJson.tokens.slice(3)).toEqual(fromModel.tokens.slice(3));
  });
});

describe("LLaMA 3's tokenizer.model", () => {
  it("gives every merge that makes a token", async () => {
    const ranks = ["a", "b", "c", " ", "\xff", "bc", "ab", " a", "abc", " ab"];
    const lines = ranks.map((text, rank) => `${Buffer.from(text, "latin1").toString("base64")} ${rank}\n`).join("");
    const tokenizer = await open({ "tokenizer.model": lines }, { vocabularySize: ranks.length + 256 });
    expect(tokenizer).toMatchObject({ model: "gpt2", pre: "llama-bpe" });
    expect(tokenizer.merges).toEqual(["b c", "a b", "Ġ a", "a bc", "ab c", "Ġ ab", "Ġa b"]);
    expect(tokenizer.tokens.slice(0, 11).map(({ text }) => text)).toEqual([
      "a",
      "b",
      "c",
      "Ġ",
      "ÿ",
      "bc",
      "ab",
      "Ġa",
      "abc",
      "Ġab",
      "<|begin_of_text|>",
    ]);
    expect(tokenizer.specialTokenIds).toEqual(
      new Map([
        ["bos", 10],
        ["eos", 11],
        ["eot", 19],
        ["eom", 18],
      ]),
    );
  });

  it.each([
    ["a rank that is missing", "YQ== 0\nYg== 2\n", /no token of the rank 1/],
    ["a token twice", "YQ== 0\nYQ== 1\n", /a token twice/],
    ["a line that is none", "YQ== 0\nhello\n", /a line that is no token/],
  ])("is refused with %s", async (_title, text, message) => {
    await expect(open({ "tokenizer.model": text })).rejects.toMatchObject({
      code: "tokenizer_invalid",
      message: expect.stringMatching(message),
    });
  });
});

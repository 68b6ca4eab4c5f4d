import { describe, expect, it } from "vitest";
import { memoryFiles } from "../fixtures/memoryFiles.js";
import { sentencePieceBytes, tinyPieces } from "../fixtures/tinyTokenizer.js";
import { openTokenizer } from "./openTokenizer.js";
import { tokenTypes } from "./Tokenizer.js";

const open = (
  contents: Record<string, Uint8Array | object | string>,
  options: { vocabularySize?: number; modelConfig?: Record<string, unknown> } = {},
) => openTokenizer(memoryFiles(contents), { vocabularySize: 300, ...options });

const spm = { "tokenizer.model": sentencePieceBytes() };
const pieces = tinyPieces();

describe("a SentencePiece tokenizer", () => {
  it("gives tokens, scores and types", async () => {
    const tokenizer = await open(spm);
    expect(tokenizer).toMatchObject({ model: "llama", pre: "default", merges: undefined, addSpacePrefix: undefined });
    expect(tokenizer.tokens).toHaveLength(300);
    expect(tokenizer.tokens.slice(0, 4)).toEqual([
      { text: "<unk>", score: 0, type: tokenTypes.unknown },
      { text: "<s>", score: 0, type: tokenTypes.control },
      { text: "</s>", score: 0, type: tokenTypes.control },
      { text: "<0x00>", score: 0, type: tokenTypes.byte },
    ]);
    for (let id = 259; id < pieces.length; id += 1)
      expect(tokenizer.tokens[id]).toEqual({
        text: pieces[id]?.text,
        score: pieces[id]?.score,
        type: tokenTypes.normal,
      });
    expect(tokenizer.specialTokenIds).toEqual(
      new Map([
        ["bos", 1],
        ["eos", 2],
        ["unk", 0],
      ]),
    );
    expect(tokenizer.addSpecialToken).toEqual(
      new Map([
        ["bos", true],
        ["eos", false],
      ]),
    );
  });

  it("fills embedding rows without a token and drops tokens without a row", async () => {
    const larger = await open(spm, { vocabularySize: 302 });
    expect(larger.tokens.slice(300)).toEqual([
      { text: "[PAD300]", score: -10_000, type: tokenTypes.unused },
      { text: "[PAD301]", score: -10_000, type: tokenTypes.unused },
    ]);
    expect((await open(spm, { vocabularySize: 280 })).tokens).toHaveLength(280);
  });

  it("takes Alpaca's added padding token", async () => {
    const tokenizer = await open(
      {
        ...spm,
        "added_tokens.json": { "[PAD]": 300 },
        "tokenizer_config.json": {
          bos_token: { content: "<s>" },
          eos_token: "</s>",
          unk_token: "<unk>",
          pad_token: "[PAD]",
          add_bos_token: true,
        },
      },
      { vocabularySize: 301, modelConfig: { bos_token_id: 1, eos_token_id: 2, pad_token_id: 0 } },
    );
    expect(tokenizer.tokens[300]).toEqual({ text: "[PAD]", score: -1000, type: tokenTypes.userDefined });
    expect(tokenizer.specialTokenIds).toEqual(
      new Map([
        ["bos", 1],
        ["eos", 2],
        ["unk", 0],
        ["pad", 300],
      ]),
    );
  });

  it("takes added_tokens_decoder, where spaces are stood in for", async () => {
    const { tokens } = await open({
      ...spm,
      "tokenizer_config.json": {
        added_tokens_decoder: {
          "1": { content: "<s>", special: true },
          "297": { content: "<|im_end|>", special: false },
          "298": { content: "▁user▁", special: false },
        },
      },
    });
    expect(tokens[1]).toEqual({ text: "<s>", score: -1000, type: tokenTypes.control });
    expect(tokens[297]).toEqual({ text: "<|im_end|>", score: -1000, type: tokenTypes.control });
    expect(tokens[298]).toEqual({ text: " user ", score: -1000, type: tokenTypes.userDefined });
  });

  it("leaves the space before a text out when the model does", async () => {
    const model = { "tokenizer.model": sentencePieceBytes({ addDummyPrefix: false }) };
    expect((await open(model)).addSpacePrefix).toBe(false);
    expect((await open({ ...model, "tokenizer_config.json": { add_prefix_space: true } })).addSpacePrefix).toBe(true);
  });

  it("knows the wrong numbers of the first conversions", async () => {
    const tokenizer = await open(
      { ...spm, "tokenizer_config.json": { bos_token: "", eos_token: "", unk_token: "" } },
      { modelConfig: { bos_token_id: 0, eos_token_id: 1, pad_token_id: -1 } },
    );
    expect(tokenizer.specialTokenIds).toEqual(
      new Map([
        ["bos", 1],
        ["eos", 2],
        ["unk", 0],
      ]),
    );
  });

  it("takes ids from config.json, but no impossible ones", async () => {
    const { specialTokenIds } = await open(spm, {
      modelConfig: { eos_token_id: 260, pad_token_id: -1, sep_token_id: 5000, bos_token_id: [1, 2] },
    });
    expect(specialTokenIds).toEqual(
      new Map([
        ["bos", 1],
        ["eos", 260],
        ["unk", 0],
      ]),
    );
  });
});

describe("chat templates", () => {
  it.each<[string, Record<string, object | string>, Map<string, string>]>([
    ["none", {}, new Map()],
    [
      "one in tokenizer_config.json",
      { "tokenizer_config.json": { chat_template: "A" }, "chat_template.jinja": "B" },
      new Map([["default", "A"]]),
    ],
    [
      "several",
      {
        "tokenizer_config.json": {
          chat_template: [{ name: "default", template: "A" }, { name: "tool use", template: "T" }, { name: 5 }],
        },
      },
      new Map([
        ["default", "A"],
        ["tool_use", "T"],
      ]),
    ],
    [
      "chat_template.jinja",
      { "chat_template.jinja": "B", "chat_template.json": { chat_template: "C" } },
      new Map([["default", "B"]]),
    ],
    ["chat_template.json", { "chat_template.json": { chat_template: "C" } }, new Map([["default", "C"]])],
    ["nonsense", { "tokenizer_config.json": { chat_template: 7 } }, new Map()],
  ])("are read: %s", async (_title, contents, templates) => {
    expect((await open({ ...spm, ...contents })).chatTemplates).toEqual(templates);
  });
});

import { describe, expect, it } from "vitest";
import { memoryFiles } from "../fixtures/memoryFiles.js";
import { llama3Json, sentencePieceBytes, tinyPieces } from "../fixtures/tinyTokenizer.js";
import { openTokenizer } from "./openTokenizer.js";

const open = (
  contents: Record<string, Uint8Array | object | string>,
  options: { vocabularySize?: number; modelConfig?: Record<string, unknown> } = {},
) => openTokenizer(memoryFiles(contents), { vocabularySize: 300, ...options });

const _spm = { "tokenizer.model": sentencePieceBytes() };
const _pieces = tinyPieces();

describe("malformed tokenizers", () => {
  const model = llama3Json.model;
  it.each<[string, Record<string, Uint8Array | object | string>, RegExp]>([
    ["none at all", {}, /"tiny" has no tokenizer/],
    ["a SentencePiece file that is empty", { "tokenizer.model": new Uint8Array() }, /has no tokens/],
    [
      "a SentencePiece file that is a page",
      { "tokenizer.model": "<html></html>" },
      /no SentencePiece model, or damaged/,
    ],
    ["a unigram model", { "tokenizer.model": sentencePieceBytes({ modelType: 1 }) }, /another kind than BPE/],
    [
      "a score that is no number",
      { "tokenizer.model": sentencePieceBytes({ pieces: [{ text: "a", score: Number.NaN, type: 1 }] }) },
      /a token that is damaged/,
    ],
    [
      "an unknown kind of piece",
      { "tokenizer.model": sentencePieceBytes({ pieces: [{ text: "a", score: 0, type: 9 }] }) },
      /a token that is damaged/,
    ],
    [
      "a length that lies",
      { "tokenizer.model": Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0a) },
      /no SentencePiece model, or damaged/,
    ],
    [
      "far too few tokens",
      { "tokenizer.model": sentencePieceBytes({ pieces: tinyPieces(100) }) },
      /has 100 tokens, but the model has 300/,
    ],
    ["JSON that is cut off", { "tokenizer.json": '{"model":' }, /not valid JSON/],
    ["JSON that is no object", { "tokenizer.json": "5" }, /not a JSON object/],
    ["another kind of model", { "tokenizer.json": { model: { type: "WordPiece" } } }, /"WordPiece" instead of BPE/],
    ["no vocabulary", { "tokenizer.json": { model: { type: "BPE", merges: [] } } }, /no vocabulary/],
    ["no merges", { "tokenizer.json": { model: { type: "BPE", vocab: {} } } }, /no list of merges/],
    ["a merge of three", { "tokenizer.json": { model: { ...model, merges: ["a b c"] } } }, /a merge that is damaged/],
    [
      "a token number of a billion",
      { "tokenizer.json": { model: { ...model, vocab: { a: 1e9 } } } },
      /gives the token "a" no valid number/,
    ],
    [
      "a token number twice",
      { "tokenizer.json": { model: { ...model, vocab: { a: 1, b: 1 } } } },
      /two tokens with the number 1/,
    ],
    [
      "an added token without a number",
      { "tokenizer.json": { ...llama3Json, added_tokens: [{ content: "x" }] } },
      /an added token that is damaged/,
    ],
    [
      "an unknown way of cutting",
      { "tokenizer.json": { ...llama3Json, pre_tokenizer: { type: "Whitespace" } } },
      /in a way that is not known/,
    ],
  ])("are refused: %s", async (_title, contents, message) => {
    await expect(open(contents)).rejects.toMatchObject({
      code: "tokenizer_invalid",
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  });

  it("may have post-processors that say nothing", async () => {
    for (const postProcessor of [
      null,
      5,
      { processors: [null, 5, "x", {}] },
      { type: "TemplateProcessing", single: [null] },
    ])
      await expect(
        open({ "tokenizer.json": { ...llama3Json, post_processor: postProcessor } }, { vocabularySize: 18 }),
      ).resolves.toMatchObject({ addSpecialToken: new Map() });
  });

  it("are refused when nested without end", async () => {
    const depth = 50_000;
    const nested = `${'{"type":"Sequence","pretokenizers":['.repeat(depth)}${"]}".repeat(depth)}`;
    const json = JSON.stringify({ ...llama3Json, pre_tokenizer: "HERE" }).replace('"HERE"', nested);
    await expect(open({ "tokenizer.json": json })).rejects.toMatchObject({ code: "tokenizer_invalid" });
  });

  it("are refused when they have more tokens than the model", async () => {
    await expect(open({ "tokenizer.json": llama3Json }, { vocabularySize: 14 })).rejects.toThrow(
      "has 16 tokens, but the model knows only 14",
    );
  });

  it("are refused when cut off anywhere but between tokens", async () => {
    const whole = sentencePieceBytes({ pieces: tinyPieces(20) });
    let accepted = 0;
    for (let length = 1; length < whole.length; length += 1)
      await open({ "tokenizer.model": whole.subarray(0, length) }, { vocabularySize: 20 }).then(
        () => {
          accepted += 1;
        },
        (error: unknown) => expect(error).toMatchObject({ code: "tokenizer_invalid" }),
      );
    // Without its trainer's part at the end the file says unigram, so only the last cut, before the normalizer, passes.
    expect(accepted).toBe(1);
  });
});

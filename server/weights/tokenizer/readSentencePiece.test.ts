import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { sentencePieceBytes, tinyPieces } from "../fixtures/tinyTokenizer.js";
import { readGgufHeader } from "../gguf/readGgufHeader.js";
import { readSentencePiece } from "./readSentencePiece.js";

const root = new URL("../../../../", import.meta.url);
const demoPath = fileURLToPath(new URL("models/demo/demo-q8_0.gguf", root));
/** What SentencePiece's own trainer wrote for the demo model. */
const tokenizerPath = fileURLToPath(new URL("server/weights/fixtures/demo/tokenizer.model", root));

it("reads what SentencePiece's trainer wrote as the demo model has it", async () => {
  const model = readSentencePiece(await readFile(tokenizerPath), "tokenizer.model");
  const { metadata } = await readGgufHeader(demoPath);
  const items = (key: string) => Array.from((metadata.get(`tokenizer.ggml.${key}`)?.value ?? []) as Iterable<unknown>);
  expect(model.tokens).toHaveLength(4096);
  expect(model.tokens.map(({ text }) => text)).toEqual(items("tokens"));
  expect(model.tokens.map(({ score }) => score)).toEqual(items("scores"));
  expect(model.tokens.map(({ type }) => type)).toEqual(items("token_type"));
  expect(model).toMatchObject({ unknownId: 0, bosId: 1, eosId: 2, padId: -1, addDummyPrefix: true });
});

it("keeps the byte order mark, which is a token of LLaMA's vocabulary", () => {
  const pieces = [...tinyPieces(), { text: "\ufeff", score: -99, type: 1 }];
  expect(readSentencePiece(sentencePieceBytes({ pieces }), "tokenizer.model").tokens.at(-1)?.text).toBe("\ufeff");
});

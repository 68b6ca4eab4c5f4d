import { expect, it } from "vitest";
import { resolveSampling } from "../chat/resolveSampling.js";
import type { TokenDetail } from "../protocol/generation.js";
import type { Sampling } from "../protocol/sampling.js";
import { ReplyWriter } from "../workers/child/ReplyWriter.js";

const encoder = new TextEncoder();
/** One token per byte, so that characters come in parts. */
const vocabulary = {
  detokenize: (tokens: readonly number[]) => new TextDecoder().decode(Uint8Array.from(tokens)),
  tokenBytes: (token: number) => Uint8Array.of(token),
};

/** Writes a reply and returns the pieces that were shown. */
function write(sampling: Sampling, text: string, reason: Parameters<ReplyWriter["finish"]>[0]) {
  const pieces: { text: string; tokenCount: number; tokens: TokenDetail[] | undefined }[] = [];
  const writer = new ReplyWriter(resolveSampling(sampling), vocabulary, [], (shown, tokenCount, tokens) =>
    pieces.push({ text: shown, tokenCount, tokens }),
  );
  const alternatives = sampling.alternatives === undefined ? undefined : new Map([[0x61, 1]]);
  for (const byte of encoder.encode(text))
    if (writer.push(byte, alternatives))
      return { pieces, reason: "stopString", text: pieces.map((piece) => piece.text).join("") };
  const end = writer.finish(reason);
  return { pieces, reason: end, text: pieces.map((piece) => piece.text).join("") };
}

it("shows whole characters, and counts held-back tokens with the piece that shows them", () => {
  const { pieces } = write({}, "aé😀b", "end");
  expect(pieces.map(({ text, tokenCount }) => [text, tokenCount])).toEqual([
    ["a", 1],
    ["é", 2],
    ["😀", 4],
    ["b", 1],
  ]);
  expect(pieces.every(({ tokens }) => tokens === undefined)).toBe(true);
});

it("gives the details of exactly the tokens that a piece counts", () => {
  const { pieces } = write({ alternatives: 1, stop: ["xyz"] }, "axyaé", "end");
  expect(pieces.map(({ text, tokenCount, tokens }) => [text, tokenCount, tokens?.length])).toEqual([
    ["a", 1, 1],
    ["xya", 3, 3],
    ["é", 2, 2],
  ]);
  expect(pieces[2]?.tokens?.[0]).toMatchObject({ id: 0xc3, bytes: [0xc3], probability: 0, top: [{ text: "a" }] });
});

it("closes JSON that a limit cut off, and nothing else", () => {
  const jsonSchema = {
    type: "object",
    properties: { a: { type: "array", items: { type: "integer" } } },
    required: ["a"],
  };
  expect(write({ jsonSchema }, '{"a": [1, ', "length").text).toMatch(/^\{"a": \[1, \d\]\}$/);
  expect(write({ jsonSchema }, '{"a"', "context")).toMatchObject({ text: '{"a":[]}', reason: "context" });
  expect(write({ jsonSchema }, "", "length").text).toBe('{"a":[]}');
  expect(write({ jsonSchema }, '{"a": [', "stopped").text).toBe('{"a": [');
  expect(write({ jsonSchema, stop: ["1"] }, '{"a": [1', "end")).toMatchObject({
    text: '{"a": [',
    reason: "stopString",
  });
  expect(write({ grammar: 'root ::= "abc"' }, "ab", "length").text).toBe("ab");
  expect(write({ jsonSchema }, '{"a": [1]}', "length").pieces.at(-1)?.tokenCount).toBe(1);
});

it("the closing counts no tokens", () => {
  const { pieces } = write({ jsonSchema: true, alternatives: 0 }, "[1", "length");
  expect(pieces.at(-1)).toEqual({ text: "]", tokenCount: 0, tokens: [] });
});

import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { memoryBytes } from "../fixtures/memoryBytes.js";
import { checkVocabulary } from "./checkVocabulary.js";
import { encodeGgufHeader } from "./encodeGgufHeader.js";
import type { GgufValue } from "./GgufValue.js";
import { readGgufHeader } from "./readGgufHeader.js";

const demoPath = fileURLToPath(new URL("../../../../models/demo/demo-q8_0.gguf", import.meta.url));

/** As it is read from a file. */
async function read(tokens: string[], more: Record<string, GgufValue> = {}) {
  const list: GgufValue = { type: "array", itemType: "string", value: tokens };
  const entries = new Map<string, GgufValue>([["tokenizer.ggml.tokens", list], ...Object.entries(more)]);
  return (await readGgufHeader(memoryBytes(encodeGgufHeader(entries, [])))).metadata;
}

describe("checkVocabulary", () => {
  it("accepts the demo model, none at all, and several empty tokens", async () => {
    expect(() => checkVocabulary(new Map(), "m.gguf")).not.toThrow();
    const { metadata } = await readGgufHeader(demoPath);
    expect(() => checkVocabulary(metadata, "demo.gguf")).not.toThrow();
    const empty = await read(["", "a", "", "b"]);
    expect(() => checkVocabulary(empty, "m.gguf")).not.toThrow();
  });
});

describe("checkVocabulary on lists that would bring llama.cpp down", () => {
  const floats = (length: number): GgufValue => ({
    type: "array",
    itemType: "float32",
    value: new Float32Array(length),
  });

  it.each<[string, string[], Record<string, GgufValue>, RegExp]>([
    ["a token twice", ["a", "b", "é", "b"], {}, /tokens 1 and 3 are the same/],
    ["mostly empty tokens", ["", "a", ""], {}, /2 of its 3 tokens are empty/],
    [
      "a model without a vocabulary",
      ["a"],
      { "tokenizer.ggml.model": { type: "string", value: "no_vocab" } },
      /no vocabulary/,
    ],
    ["too few scores", ["a", "b"], { "tokenizer.ggml.scores": floats(1) }, /scores" has 1 values for 2 tokens/],
    [
      "scores that are no list",
      ["a"],
      { "tokenizer.ggml.scores": { type: "float32", value: 0 } },
      /scores" has no list of values/,
    ],
    [
      "too many types",
      ["a"],
      { "tokenizer.ggml.token_type": { type: "array", itemType: "int32", value: new Int32Array(2) } },
      /token_type" has 2 values for 1 tokens/,
    ],
  ])("refuses %s", async (_title, tokens, more, message) => {
    const metadata = await read(tokens, more);
    expect(() => checkVocabulary(metadata, "m.gguf")).toThrow(message);
    expect(() => checkVocabulary(metadata, "m.gguf")).toThrow(expect.objectContaining({ code: "gguf_invalid" }));
  });

  it("refuses tokens that are no texts", () => {
    const numbers = new Map<string, GgufValue>([["tokenizer.ggml.tokens", floats(2)]]);
    expect(() => checkVocabulary(numbers, "m.gguf")).toThrow(/no list of texts/);
  });
});

import { describe, expect, it } from "vitest";
import { compareVocabularies } from "./compareVocabularies.js";
import type { GgufValue } from "./GgufValue.js";

const tokens = ["<unk>", "<s>", "</s>", "▁a", "▁b"];
const vocabulary = (change: Record<string, GgufValue | undefined> = {}) => {
  const entries: Record<string, GgufValue | undefined> = {
    model: { type: "string", value: "llama" },
    tokens: { type: "array", itemType: "string", value: tokens },
    token_type: { type: "array", itemType: "int32", value: Int32Array.of(2, 3, 3, 1, 1) },
    scores: { type: "array", itemType: "float32", value: Float32Array.of(0, 0, 0, -1, -2) },
    bos_token_id: { type: "uint32", value: 1 },
    eos_token_id: { type: "uint32", value: 2 },
    ...change,
  };
  return new Map(
    Object.entries(entries).flatMap(([key, value]) =>
      value === undefined ? [] : [[`tokenizer.ggml.${key}`, value] as const],
    ),
  );
};

describe("compareVocabularies", () => {
  it("finds the same vocabulary the same, whatever its scores and the type of its numbers", () => {
    expect(compareVocabularies(vocabulary(), vocabulary())).toBeUndefined();
    const other = vocabulary({
      scores: { type: "array", itemType: "float32", value: Float32Array.of(0, 0, 0, -3, -4) },
      bos_token_id: { type: "int32", value: 1 },
    });
    expect(compareVocabularies(vocabulary(), other)).toBeUndefined();
  });

  it.each<[string, Record<string, GgufValue | undefined>]>([
    ["different ways", { model: { type: "string", value: "gpt2" } }],
    ["no vocabulary", { tokens: undefined }],
    ["5 tokens and the other 4", { tokens: { type: "array", itemType: "string", value: tokens.slice(1) } }],
    ["token 4 is another one", { tokens: { type: "array", itemType: "string", value: [...tokens.slice(0, 4), "▁c"] } }],
    ["only one of them", { token_type: undefined }],
    [
      "token 3 is of another kind",
      { token_type: { type: "array", itemType: "int32", value: Int32Array.of(2, 3, 3, 4, 1) } },
    ],
    ['"eos_token_id"', { eos_token_id: { type: "uint32", value: 0 } }],
    ['"bos_token_id"', { bos_token_id: undefined }],
  ])("says what is different: %s", (difference, change) => {
    expect(compareVocabularies(vocabulary(), vocabulary(change))).toContain(difference);
    expect(compareVocabularies(vocabulary(change), vocabulary())).toBeDefined();
  });
});

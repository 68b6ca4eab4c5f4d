import { describe, expect, it } from "vitest";
import { describeToken } from "./describeToken.js";
import { tokenBytes } from "./tokenBytes.js";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("tokenBytes", () => {
  it("reads SentencePiece's spaces and byte tokens", () => {
    expect(text(tokenBytes("\u2581llama", 1, "llama"))).toBe(" llama");
    expect([...tokenBytes("<0xF0>", 6, "llama")]).toEqual([0xf0]);
    expect(text(tokenBytes("<0xZZ>", 6, "llama"))).toBe("<0xZZ>");
    expect(text(tokenBytes("</s>", 3, "llama"))).toBe("</s>");
  });

  it("reads byte-level BPE, where every byte has a character of its own", () => {
    expect(text(tokenBytes("\u0120llama", 1, "gpt2"))).toBe(" llama");
    expect(text(tokenBytes("\u010a", 1, "gpt2"))).toBe("\n");
    // The bytes of é (C3 A9), each by its own character.
    expect(text(tokenBytes("\u00c3\u00a9", 1, "gpt2"))).toBe("é");
    expect([...tokenBytes("\u00f0\u0141", 1, "gpt2")]).toEqual([0xf0, 0x9f]);
    expect(text(tokenBytes("<|im_end|>", 3, "gpt2"))).toBe("<|im_end|>");
  });
});

describe("describeToken", () => {
  it("gives bytes where they are not whole characters, and as many alternatives as asked", () => {
    const bytes = new Map([
      [1, Uint8Array.of(0x61)],
      [2, Uint8Array.of(0xf0)],
    ]);
    const probabilities = new Map([
      [2, 0.75],
      [1, 0.25],
    ]);
    const bytesOf = (token: number) => bytes.get(token) ?? Uint8Array.of();
    expect(describeToken(1, probabilities, 1, bytesOf)).toEqual({
      id: 1,
      text: "a",
      probability: 0.25,
      top: [{ id: 2, text: "\u{fffd}", probability: 0.75, bytes: [0xf0] }],
    });
    expect(describeToken(2, probabilities, 0, bytesOf)).toMatchObject({ bytes: [0xf0], top: [] });
  });
});

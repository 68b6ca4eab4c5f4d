import { describe, expect, it } from "vitest";
import { TokenDecoder } from "./TokenDecoder.js";

/** A vocabulary in which token n is the byte n: the worst that a tokenizer with byte fallback does. */
const bytesToText = (tokens: readonly number[]) => new TextDecoder().decode(Uint8Array.from(tokens));

function decode(bytes: Iterable<number>, promptTail: number[] = []): string[] {
  const decoder = new TokenDecoder(bytesToText, promptTail);
  const pieces = [...bytes].map((byte) => decoder.push(byte));
  pieces.push(decoder.flush());
  return pieces;
}

describe("TokenDecoder", () => {
  it("never splits a character, whatever its length", () => {
    const text = "aé€🦙👩‍👩‍👧 z";
    const pieces = decode(new TextEncoder().encode(text));
    expect(pieces.join("")).toBe(text);
    for (const piece of pieces) expect(piece).not.toContain("\u{fffd}");
  });

  it("gives a character out with the token that completes it", () => {
    const [f, i, r, s] = new TextEncoder().encode("🦙");
    const decoder = new TokenDecoder(bytesToText, []);
    expect([f, i, r, s].map((byte) => decoder.push(byte ?? 0))).toEqual(["", "", "", "🦙"]);
  });

  it("does not hold back for ever what is no character", () => {
    const pieces = decode([0x61, 0xff, 0x62, 0x63, 0x64, 0x65]);
    expect(pieces.join("")).toBe("a\u{fffd}bcde");
    expect(pieces.slice(0, 6).join("")).toBe("a\u{fffd}bcde");
  });

  it("shows half a character at the end as a replacement", () => {
    expect(decode([0x61, 0xf0, 0x9f]).join("")).toBe("a\u{fffd}");
  });

  it("shows what is whole while the token's last bytes are not", () => {
    // One token that ends in the middle of a character, as byte-level BPE has them.
    const pieces: Record<number, number[]> = {
      1: [0x61, 0xf0, 0x9f],
      2: [0xa6, 0x99, 0x62, 0xf0],
      3: [0x9f, 0xa6, 0x99],
    };
    const decoder = new TokenDecoder((tokens) => bytesToText(tokens.flatMap((token) => pieces[token] ?? [])), []);
    expect([1, 2, 3].map((token) => decoder.push(token))).toEqual(["a", "🦙b", "🦙"]);
  });

  it("tells the tokenizer what came before, so that a word keeps its space", () => {
    const seen: number[][] = [];
    const decoder = new TokenDecoder(
      (tokens, previous) => {
        seen.push([...previous]);
        return tokens.map((token) => `<${token}>`).join("");
      },
      [1, 2, 3, 4, 5],
    );
    decoder.push(6);
    decoder.push(7);
    expect(seen).toEqual([
      [2, 3, 4, 5],
      [3, 4, 5, 6],
    ]);
  });
});

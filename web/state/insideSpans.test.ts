import { describe, expect, it } from "vitest";
import type { TokenDetail } from "../../server/protocol/generation.js";
import { insideSpans } from "./insideSpans.js";

const token = (id: number, text: string, bytes?: number[]): TokenDetail => ({
  id,
  text,
  probability: 0.5,
  top: [],
  ...(bytes ? { bytes } : {}),
});
const shape = (text: string, tokens: TokenDetail[]) =>
  insideSpans(text, tokens).map((span) => [span.text, span.token?.id]);

describe("a piece of text", () => {
  it("is cut into what each token gave", () => {
    expect(shape("I am.", [token(1, "I"), token(2, " am"), token(3, ".")])).toEqual([
      ["I", 1],
      [" am", 2],
      [".", 3],
    ]);
  });

  it("may lack the space before its first word", () => {
    expect(shape("I am", [token(1, " I"), token(2, " am")])).toEqual([
      ["I", 1],
      [" am", 2],
    ]);
  });

  it("keeps a character together that several tokens gave", () => {
    const halves = [token(2, "\u{fffd}", [0xc3]), token(3, "\u{fffd}", [0xa9])];
    expect(shape("café!", [token(1, "caf"), ...halves, token(4, "!")])).toEqual([
      ["caf", 1],
      ["é", 2],
      ["!", 4],
    ]);
  });

  it("without tokens was not chosen by the model", () => {
    expect(insideSpans("Once")).toEqual([{ text: "Once", token: undefined }]);
  });

  it("loses nothing when the tokens do not fit", () => {
    expect(
      insideSpans("abc", [token(1, "x"), token(2, "y")])
        .map(({ text }) => text)
        .join(""),
    ).toBe("abc");
  });
});

import { describe, expect, it } from "vitest";
import { splitMarks } from "./splitMarks.js";

describe("splitMarks", () => {
  it("marks what was found", () => {
    expect(splitMarks("a \u0002quix\u0003ote <b> \u0002two\u0003")).toEqual([
      { text: "a ", marked: false },
      { text: "quix", marked: true },
      { text: "ote <b> ", marked: false },
      { text: "two", marked: true },
    ]);
  });

  it.each(["\u0002a", "a\u0003", "\u0003a\u0002"])("leaves out a mark without a partner: %j", (snippet) => {
    expect(splitMarks(snippet)).toEqual([{ text: "a", marked: false }]);
  });

  it("finds nothing in nothing", () => {
    expect(splitMarks("")).toEqual([]);
  });
});

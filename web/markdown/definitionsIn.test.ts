import { describe, expect, it } from "vitest";
import { definitionsIn, firstOfEach, withDefinitions } from "./definitionsIn.js";

const block = (text: string) => ({ text, definitions: definitionsIn(text) });
const all = (...texts: string[]) => firstOfEach(texts.flatMap(definitionsIn));

describe("withDefinitions", () => {
  it("adds what the block refers to, whatever its case, and nothing else", () => {
    const definitions = all("[Book]: https://a.test\n[film]: https://b.test", "[^1]: A note.");
    expect(withDefinitions(block("See [it][book] and this[^1].\n\n"), definitions)).toBe(
      "See [it][book] and this[^1].\n\n[Book]: https://a.test\n[^1]: A note.",
    );
    expect(withDefinitions(block("See [a [b]][film] (twice: [film])."), definitions)).toMatch(/\)\.\n\n\[film\]: \S+$/);
    expect(withDefinitions(block("book, not [a book]"), definitions)).toBe("book, not [a book]");
  });

  it("takes the first of several, and none for a label that the block defines itself", () => {
    const definitions = all("[a]: https://first.test", "[A]: https://second.test");
    expect(withDefinitions(block("[a]"), definitions)).toBe("[a]\n\n[a]: https://first.test");
    expect(withDefinitions(block("[a]\n[a]: https://own.test"), definitions)).not.toContain("first");
  });

  it("[T23] copes with thousands of blocks and of definitions", () => {
    const lines = Array.from({ length: 20_000 }, (_, at) => `[a]: https://${at}.test`);
    const definitions = firstOfEach(lines);
    let length = 0;
    for (let at = 0; at < 20_000; at++) length += withDefinitions(block(`see [a] (${at})`), definitions).length;
    // With every definition in every block it would be gigabytes.
    expect(length).toBeLessThan(2_000_000);
  });
});

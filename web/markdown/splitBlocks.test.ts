import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Blocks, noBlocks, splitBlocks } from "./splitBlocks.js";

const sample = `# Title

A paragraph
of two lines.

- one
- two

  still two
- three

\`\`\`js
const a = 1;

const b = 2;
\`\`\`

| a | b |
| - | - |
| 1 | 2 |

> quote

Setext
===

1. x
2. y

***

<div>

html

</div>

the end`;

const textsOf = ({ blocks }: Blocks) => blocks.map(({ text }) => text);
const blocksOf = (text: string) => textsOf(splitBlocks(text));

function splitGrowing(text: string, cuts: readonly number[]) {
  let blocks = noBlocks;
  for (const cut of cuts) blocks = splitBlocks(text.slice(0, cut), blocks);
  return splitBlocks(text, blocks);
}

describe("splitBlocks", () => {
  it("cuts at top-level blocks and keeps code with blank lines whole", () => {
    expect(blocksOf("a\n\n```\nx\n\ny\n```\n\nb")).toEqual(["a\n\n", "```\nx\n\ny\n```\n\n", "b"]);
  });

  it("loses no character", () => {
    expect(blocksOf(sample).join("")).toBe(sample);
  });

  it("comes to the same blocks whether a text grows character by character or comes at once", () => {
    const cuts = Array.from(sample, (_, index) => index + 1);
    expect(splitGrowing(sample, cuts)).toEqual(splitBlocks(sample));
  });

  it("comes to the same blocks for any text that grows in any steps", () => {
    const lines = fc.constantFrom(
      "a",
      "",
      "- b",
      "  - c",
      "> d",
      "```",
      "    e",
      "# f",
      "---",
      "| g | h |",
      "| - | - |",
      "1. i",
      "\t",
      "***",
    );
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 14 }), fc.array(fc.nat(80), { maxLength: 6 }), (parts, steps) => {
        const text = parts.join("\n");
        const cuts = [...steps].map((step) => Math.min(step, text.length)).sort((a, b) => a - b);
        const grown = splitGrowing(text, cuts);
        expect(textsOf(grown).join("")).toBe(text);
        expect(grown).toEqual(splitBlocks(text));
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it("reads only the last block again when text is added", () => {
    const before = splitBlocks("one\n\ntwo\n\nthr");
    const after = splitBlocks("one\n\ntwo\n\nthree\n\nfour", before);
    expect(textsOf(after)).toEqual(["one\n\n", "two\n\n", "three\n\n", "four"]);
    expect(after.blocks[0]).toBe(before.blocks[0]);
  });

  it("starts over when the text is another", () => {
    expect(textsOf(splitBlocks("x\n\ny", splitBlocks("a\n\nb\n\nc")))).toEqual(["x\n\n", "y"]);
  });
});

describe("malformed input", () => {
  it.each([
    ["quotes in quotes", "> ".repeat(5000)],
    ["lists in lists", `${"- ".repeat(3000)}a`],
    ["carriage returns", "a\r\n\r\nb\r\n\r\n- c\r\n"],
    ["blank lines only", "\n\n\n"],
    ["control characters", "\u0000\u0001\u2028\u2029"],
  ])("keeps the text of %s whole", (_name, text) => {
    expect(blocksOf(text).join("")).toBe(text);
  });
});

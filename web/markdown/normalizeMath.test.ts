import { describe, expect, it } from "vitest";
import { displayMark, mayHoldMath, normalizeMath } from "./normalizeMath.js";

describe("normalizeMath", () => {
  it.each([
    ["\\(x^2\\) is", "$$x^2$$ is"],
    ["so $a_1$, and", "so $$a_1$$, and"],
    ["$$\nx\n= y\n$$", `$$${displayMark}x = y$$`],
    ["\\(x\\) and $$y", "$$x$$ and \\$\\$y"],
    ["\\[ x \\]", `$$${displayMark}x$$`],
    ["\\[ x \\\\[2pt] y \\]", `$$${displayMark}x \\\\[2pt] y$$`],
    ["\\(a \\(b\\)", "\\(a $$b$$"],
    ["\\(\\text{a\\}b}\\)", "$$\\text{a\\}b}$$"],
  ])("writes %j as remark-math reads it", (text, normal) => {
    expect(normalizeMath(text)).toBe(normal);
    expect(mayHoldMath(text)).toBe(true);
  });

  it.each([
    "it costs $5 and $6",
    "from $5-$6",
    "US$ 5 or $ 6 $",
    "`$x$` and ```\n$$x$$\n```",
    "not closed: $$x",
    "not closed: \\(x",
    "\\$x\\$",
    "echo $HOME",
  ])("leaves %j as it is", (text) => {
    expect(normalizeMath(text)).toBe(text);
    expect(mayHoldMath(text)).toBe(false);
  });
});

describe("[T23] long texts of formula openers", () => {
  it.each([
    ["$$", "$$a ".repeat(5000)],
    ["\\(", "\\(".repeat(100_000)],
    ["\\( in lines", "\\( a\n".repeat(100_000)],
    ["\\[", "\\[".repeat(100_000)],
    ["$a", "$a ".repeat(10_000)],
    ["`", "`".repeat(20_000)],
  ])("of %s do not keep it busy", (_name, text) => {
    const startedMs = performance.now();
    normalizeMath(text);
    // A quadratic walk over these would take many seconds.
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });
});

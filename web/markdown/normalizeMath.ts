/** Put before a formula that stands on a line of its own; `MathText` takes it off again. */
export const displayMark = "\\displaystyle{}";

const code = /```[\s\S]*?(?:```|$)|~~~[\s\S]*?(?:~~~|$)|`[^`\n]*`/.source;
const dollars = /\$\$((?:(?!\$\$)[\s\S])+)\$\$/.source;
// What is opened again before it was closed is none: so every opener is read on from to the next one only, however many there are
// ([T23]). A backslash and what it escapes are one: `\\[2pt]` opens nothing.
const brackets = /\\\[((?:[^\\]|\\[^[\]])+)\\\]/.source;
const parentheses = /\\\(((?:[^\\]|\\[^()])+)\\\)/.source;
// As Pandoc tells formulas from prices: no blank inside the dollars' edges, no letter or digit beside them.
const dollar = /(?<![\\$\w])\$(?=[^\s$])([^$\n]*[^\s$\\])\$(?![\w$])/.source;
const stray = /\$\$/.source;
const formulas = new RegExp([`(${code})`, dollars, brackets, parentheses, dollar, stray].join("|"), "g");

/** Whether a text holds a formula: decides if KaTeX is worth fetching. */
export function mayHoldMath(text: string): boolean {
  return /\$|\\\(|\\\[/.test(text) && rewrite(text).found;
}

/**
 * Writes every way in which models write formulas (`$$…$$`, `\[…\]`, `\(…\)`, `$…$`) as the one that remark-math reads: `$$…$$` within
 * a line. Code stays as it is, and so does what is not closed yet.
 */
export function normalizeMath(text: string): string {
  const { normal, found } = rewrite(text);
  return found ? normal : text;
}

function rewrite(text: string): { normal: string; found: boolean } {
  let found = false;
  const normal = text.replace(
    formulas,
    (whole, isCode?: string, inDollars?: string, inBrackets?: string, inParentheses?: string, inDollar?: string) => {
      if (isCode !== undefined) return whole;
      const display = inDollars ?? inBrackets;
      const formula = oneLine(display ?? inParentheses ?? inDollar ?? "");
      // Dollars without a partner would swallow all that follows.
      if (formula === "" || formula.includes("$")) return whole.replaceAll("$", "\\$");
      found = true;
      return `$$${display === undefined ? "" : displayMark}${formula}$$`;
    },
  );
  return { normal, found };
}

/** A line break means no more than a blank in TeX, but an empty line or `- ` at its start would mean something in Markdown. */
function oneLine(formula: string): string {
  return formula.replace(/\s*\n\s*/g, " ").trim();
}

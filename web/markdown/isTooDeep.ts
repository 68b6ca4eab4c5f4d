const longestLine = 20_000;
const longestBlock = 200_000;
const deepestNesting = 40;
/** How many openers of one kind a block may have; more of them make a Markdown parser quadratic. */
const mostOpeners = 2000;

/**
 * Whether a block could keep a Markdown parser busy for long or overflow its stack: very long lines, quotes in quotes in quotes,
 * thousands of unclosed brackets. Such a block is shown as the plain text it is.
 */
export function isTooDeep(block: string): boolean {
  if (block.length > longestBlock) return true;
  let openers = 0;
  for (const line of block.split("\n")) {
    if (line.length > longestLine) return true;
    const markers = /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))+/.exec(line)?.[0] ?? "";
    if (markers.replace(/[^>*+\-.)]/g, "").length > deepestNesting) return true;
    if (/^[ \t]{80}/.test(line) && /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]/.test(line)) return true;
    for (const character of line) {
      if ("[*_`~<&!".includes(character)) openers += 1;
    }
  }
  return openers > mostOpeners && !block.trimStart().startsWith("```") && !/^ {0,3}~~~/.test(block);
}

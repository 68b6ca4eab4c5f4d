const definition = /^ {0,3}\[[^\]\n]{1,200}\]:[ \t]*\S.*$/gm;
const none: readonly string[] = [];

/** The lines of a block that define a link's or a footnote's label: `[label]: address`, `[^1]: words`. */
export function definitionsIn(block: string): readonly string[] {
  return block.includes("]:") ? (block.match(definition) ?? none) : none;
}

/**
 * Adds to a block the definitions that it refers to (`[words][label]`, `[^1]`) and does not hold itself: blocks are parsed one by
 * one, and a definition may stand in another.
 */
export function withDefinitions(block: string, definitions: readonly string[]): string {
  if (definitions.length === 0 || !block.includes("[")) return block;
  const lower = block.toLowerCase();
  const missing = definitions.filter((line) => {
    const label = /\[[^\]]+\]/.exec(line)?.[0].toLowerCase() ?? "";
    return lower.includes(label) && !block.includes(line);
  });
  return missing.length === 0 ? block : `${block.trimEnd()}\n\n${missing.join("\n")}`;
}

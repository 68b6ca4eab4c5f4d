const definition = /^ {0,3}\[[^\]\n]{1,200}\]:[ \t]*\S.*$/gm;

/**
 * Adds the link and footnote definitions of the whole text to a block that refers to one (`[words][label]`, `[^1]`): blocks are
 * parsed one by one, and a definition may stand in another.
 */
export function withDefinitions(block: string, text: string): string {
  if (!text.includes("]:") || !/\[[^\]\n]+\]/.test(block)) return block;
  const missing = (text.match(definition) ?? []).filter((line) => {
    const label = /\[([^\]]+)\]/.exec(line)?.[0] ?? "";
    return !block.includes(line) && block.toLowerCase().includes(label.toLowerCase());
  });
  return missing.length === 0 ? block : `${block.trimEnd()}\n\n${missing.join("\n")}`;
}

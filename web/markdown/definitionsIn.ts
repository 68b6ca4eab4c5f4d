const definition = /^ {0,3}\[[^\]\n]{1,200}\]:[ \t]*\S.*$/gm;
const reference = /\[[^[\]\n]{1,200}\]/g;
const none: readonly string[] = [];

/** The lines of a block that define a link's or a footnote's label: `[label]: address`, `[^1]: words`. */
export function definitionsIn(block: string): readonly string[] {
  return block.includes("]:") ? (block.match(definition) ?? none) : none;
}

/** Definitions by the label that they define; of several for one label the first counts, as everywhere in Markdown. */
export function firstOfEach(definitions: readonly string[]): ReadonlyMap<string, string> {
  const first = new Map<string, string>();
  for (const line of definitions) {
    const label = labelOf(line);
    if (!first.has(label)) first.set(label, line);
  }
  return first;
}

/**
 * Adds to a block the definitions that it refers to (`[words][label]`, `[^1]`) and does not hold itself: blocks are parsed one by
 * one, and a definition may stand in another.
 */
export function withDefinitions(
  { text, definitions: own }: { text: string; definitions: readonly string[] },
  definitions: ReadonlyMap<string, string>,
): string {
  if (definitions.size === 0 || !text.includes("[")) return text;
  const there = new Set(own.map(labelOf));
  const missing = new Set<string>();
  // Looked for by what the block says: a text may have thousands of blocks and of definitions ([T23]).
  for (const [label] of text.matchAll(reference)) {
    const line = there.has(label.toLowerCase()) ? undefined : definitions.get(label.toLowerCase());
    if (line !== undefined) missing.add(line);
  }
  return missing.size === 0 ? text : `${text.trimEnd()}\n\n${[...missing].join("\n")}`;
}

function labelOf(line: string): string {
  return /\[[^\]]+\]/.exec(line)?.[0].toLowerCase() ?? "";
}

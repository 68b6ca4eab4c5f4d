/** A stop string as it is shown and typed on one line: `\n` for a line break, `\t` for a tab, `\\` for a backslash. */
export function showStop(stop: string): string {
  return stop.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

/** The other way round. A backslash before anything else is itself. */
export function unescapeStop(text: string): string {
  const meant: Record<string, string> = { n: "\n", t: "\t", "\\": "\\" };
  return text.replace(/\\([nt\\])/g, (_, letter: string) => meant[letter] ?? letter);
}

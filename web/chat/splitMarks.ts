const markStart = "\u0002";
const markEnd = "\u0003";

export interface SnippetPart {
  text: string;
  marked: boolean;
}

/** Cuts a search's snippet at its marks (U+0002 before what was found, U+0003 after it); marks without a partner are left out. */
export function splitMarks(snippet: string): SnippetPart[] {
  const parts: SnippetPart[] = [];
  const add = (text: string, marked: boolean) => {
    const clean = text.replaceAll(markStart, "").replaceAll(markEnd, "");
    if (clean !== "") parts.push({ text: clean, marked });
  };
  let at = 0;
  for (;;) {
    const start = snippet.indexOf(markStart, at);
    const end = start < 0 ? -1 : snippet.indexOf(markEnd, start);
    if (end < 0) break;
    add(snippet.slice(at, start), false);
    add(snippet.slice(start + 1, end), true);
    at = end + 1;
  }
  add(snippet.slice(at), false);
  return parts;
}

const entities: Record<string, string> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&quot;",
  "'": "&#39;",
  "\n": "<br>",
  "\r": "",
  "\t": "&nbsp;&nbsp;&nbsp;&nbsp;",
  "\b": "&nbsp;",
  "\f": "&nbsp;",
};

/**
 * Dalai's encoding of a piece for a page that shows it as HTML: line breaks become `<br>`, carriage returns go, and every UTF-16
 * unit beyond ASCII becomes its number. Source: dalai 0.3.1 index.js:79-104.
 */
export function htmlEncode(text: string): string {
  let encoded = "";
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    const character = text.charAt(index);
    encoded += unit < 128 ? (entities[character] ?? character) : `&#${unit};`;
  }
  return encoded;
}

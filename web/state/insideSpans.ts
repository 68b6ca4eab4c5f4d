import type { TokenDetail } from "../../server/protocol/generation.js";

/** A piece of a reply's text and the token that gave it; text that the model did not choose has none. */
export interface InsideSpan {
  text: string;
  token?: TokenDetail | undefined;
}

/**
 * Cuts a piece of text into what each of its tokens gave. A character whose bytes come from several tokens, and a space that the
 * decoder left out, do not match token by token: what cannot be told apart is one span with the details of its first token.
 */
export function insideSpans(text: string, tokens: readonly TokenDetail[] = []): InsideSpan[] {
  const spans: InsideSpan[] = [];
  let position = 0;
  let open: TokenDetail | undefined;
  const take = (end: number, token: TokenDetail | undefined) => {
    if (end > position) spans.push({ text: text.slice(position, end), token });
    position = end;
  };
  for (const token of tokens) {
    const own = position === 0 && !text.startsWith(token.text) ? token.text.trimStart() : token.text;
    const start = own === "" || token.bytes ? -1 : open ? text.indexOf(own, position) : startOf(text, own, position);
    if (start < 0) {
      open ??= token;
      continue;
    }
    take(start, open);
    take(start + own.length, token);
    open = undefined;
  }
  take(text.length, open);
  return spans;
}

function startOf(text: string, part: string, position: number): number {
  return text.startsWith(part, position) ? position : -1;
}

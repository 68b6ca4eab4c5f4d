import { Lexer } from "marked";

/** A text cut into Markdown blocks. `starts` are where each block begins, in UTF-16 units; a block goes to the next one's start. */
export interface Blocks {
  text: string;
  starts: readonly number[];
}

export const noBlocks: Blocks = { text: "", starts: [] };

/**
 * Cuts Markdown into its top-level blocks. When `text` only goes on from `previous`, just the last block is read again: what
 * comes before it is finished and can never change.
 */
export function splitBlocks(text: string, previous: Blocks = noBlocks): Blocks {
  if (text === previous.text) return previous;
  const grows = previous.starts.length > 0 && text.startsWith(previous.text);
  const kept = grows ? previous.starts.slice(0, -1) : [];
  const from = grows ? (previous.starts.at(-1) ?? 0) : 0;
  return { text, starts: [...kept, ...startsIn(text.slice(from)).map((start) => from + start)] };
}

/** The block with that index. */
export function blockAt({ text, starts }: Blocks, index: number): string {
  return text.slice(starts[index], starts[index + 1]);
}

/** Where the blocks of a text begin; blank lines belong to the block before them. */
function startsIn(text: string): number[] {
  let tokens: { type: string; raw: string }[];
  try {
    tokens = new Lexer({ gfm: true }).blockTokens(text);
  } catch {
    // Nested too deep for the lexer's stack: one block, which is then shown as plain text.
    return [0];
  }
  const starts: number[] = [];
  let offset = 0;
  for (const { type, raw } of tokens) {
    if (type !== "space" || starts.length === 0) {
      // Blank lines at the very beginning go with the first block.
      if (!(starts.length === 1 && text.slice(0, offset).trim() === "")) starts.push(offset === 0 ? 0 : offset);
    }
    offset += raw.length;
  }
  // The lexer normalises line ends and tabs; if that moved anything, its lengths do not fit this text.
  return offset === text.length ? starts : [0];
}

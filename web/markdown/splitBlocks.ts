import { Lexer } from "marked";
import { definitionsIn } from "./definitionsIn.js";

/** One top-level block of Markdown. */
export interface Block {
  /** Where it begins in the whole text, in UTF-16 units. */
  start: number;
  text: string;
  /** The link and footnote definitions in it. */
  definitions: readonly string[];
}

/** A text cut into Markdown blocks, without a gap. */
export interface Blocks {
  text: string;
  blocks: readonly Block[];
}

export const noBlocks: Blocks = { text: "", blocks: [] };

/**
 * Cuts Markdown into its top-level blocks. When `text` only goes on from `previous`, just the last block is read again: what
 * comes before it is finished and can never change.
 */
export function splitBlocks(text: string, previous: Blocks = noBlocks): Blocks {
  if (text === previous.text) return previous;
  const last = previous.blocks.at(-1);
  const grows = last !== undefined && text.startsWith(previous.text);
  const from = grows ? last.start : 0;
  const rest = text.slice(from);
  const starts = startsIn(rest);
  const fresh = starts.map((start, index): Block => {
    const block = rest.slice(start, starts[index + 1]);
    return { start: from + start, text: block, definitions: definitionsIn(block) };
  });
  return { text, blocks: grows ? [...previous.blocks.slice(0, -1), ...fresh] : fresh };
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
  let hasText = false;
  for (const { type, raw } of tokens) {
    // Blank lines at the very beginning go with the first block.
    if (starts.length === 0 || (type !== "space" && hasText)) starts.push(offset);
    hasText ||= type !== "space";
    offset += raw.length;
  }
  // The lexer normalises line ends and tabs; if that moved anything, its lengths do not fit this text.
  return offset === text.length ? starts : [0];
}

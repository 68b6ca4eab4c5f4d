import type { Message } from "../../server/protocol/conversation.js";

/** What a message takes at least, with its room above and below, and what a line of it takes: CSS pixels, rounded down. */
const messagePx = 48;
const linePx = 22;
/** The page's head and the box for the next message take at least so much of a window. */
const besidePx = 130;
/** More than the column is wide. */
const lineChars = 120;

/**
 * How many turns, from the last one upwards, surely fill a window of `heightPx`. Reckoned from the texts and not measured: what is not
 * drawn has no height, and what was drawn too few of would move when more is put above it.
 */
export function turnsToFill(turns: readonly (readonly Message[])[], heightPx: number): number {
  let filledPx = 0;
  let count = 0;
  for (; count < turns.length && filledPx < heightPx - besidePx; count++)
    for (const { text } of turns.at(-1 - count) ?? [])
      filledPx += messagePx + linePx * linesOf(text, heightPx / linePx);
  return count;
}

/** At least so many lines; counting ends at `enough`, so that a very long text costs no more than a window of it. */
function linesOf(text: string, enough: number): number {
  let lines = 0;
  for (let start = 0; start < text.length && lines < enough; lines++) {
    const end = text.indexOf("\n", start);
    start = Math.min(end < 0 ? text.length : end + 1, start + lineChars);
  }
  return lines;
}

import type { Grammar } from "./Grammar.js";
import { type Frame, GrammarFollower } from "./GrammarFollower.js";
import { shortestText, shortestTexts } from "./shortestTexts.js";

/** Far more than any grammar has that {@link refuseExplosion} lets through. */
const maxFrames = 20_000;

/**
 * The shortest text that makes `written` a whole text of the grammar: "" when it is one, `undefined` when it is not even the
 * beginning of one.
 */
export function completeText(grammar: Grammar, written: string): string | undefined {
  const follower = new GrammarFollower(grammar, maxFrames);
  let open = follower.start();
  for (const character of written) {
    open = follower.next(open.frames, character);
    if (open.frames.size === 0 && !open.done) return undefined;
  }
  if (open.done) return "";
  const rules = shortestTexts(grammar);
  let best: string | undefined;
  for (const frame of open.frames) {
    const ending = shortestEnding(frame, rules);
    if (ending !== undefined && (best === undefined || ending.length < best.length)) best = ending;
  }
  return best;
}

function shortestEnding(frame: Frame, rules: ReadonlyMap<string, string>): string | undefined {
  let ending = "";
  for (let at: Frame | undefined = frame; at !== undefined; at = at.rest) {
    const piece = shortestText(at.item, rules);
    if (piece === undefined) return undefined;
    ending += piece;
  }
  return ending;
}

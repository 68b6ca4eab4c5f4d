import { prefixLength } from "./ParkedStates.js";

/** A lane as far as others may want what it holds. */
export interface PrefixHolder {
  /** What its KV cache holds, or will hold as soon as its prompt is read. */
  readonly tokens: readonly number[];
  /** How many of them it holds already. */
  readonly heldTokens: number;
  readonly owner: string;
  /** While its prompt is read: its place in the order in which those that are read now were begun. */
  readonly readingSince: number | undefined;
}

/** What to do about a prompt's next tokens, in place of reading them. */
export type SharedStep<Holder> =
  | { action: "copy"; source: Holder; tokens: number }
  /** `tokens`: how many of them the other one holds by now. */
  | { action: "wait"; tokens: number };

/**
 * Whether a lane that is about to read some more of its prompt has it from another lane of the same owner: copied from one that
 * holds `worthTokens` more of it, or by waiting for one that reads the same and will. It waits only for one that is ahead, because
 * that one is there first; of two at the same place the later waits. So whoever is furthest always reads, and no two wait for each
 * other. `undefined`: it reads by itself. `toKeep`: how many of so many held tokens are worth having before the rest is read.
 */
export function chooseSource<Holder extends PrefixHolder>(
  reader: Holder,
  holders: readonly Holder[],
  worthTokens: number,
  toKeep: (heldTokens: number) => number = (heldTokens) => heldTokens,
): SharedStep<Holder> | undefined {
  // The last token is evaluated in any case, for what comes after it.
  const readableTokens = reader.tokens.length - 1;
  const { heldTokens, readingSince = 0 } = reader;
  if (readableTokens - heldTokens < worthTokens) return undefined;
  const others = holders
    .filter((other) => other !== reader && other.owner === reader.owner)
    .map((other) => ({ other, common: Math.min(readableTokens, prefixLength(other.tokens, reader.tokens)) }));

  let source: Holder | undefined;
  let copied = heldTokens;
  for (const { other, common } of others) {
    const tokens = toKeep(Math.min(common, other.heldTokens));
    if (tokens - heldTokens >= worthTokens && tokens > copied) [source, copied] = [other, tokens];
  }
  for (const { other, common } of others) {
    if (other.readingSince === undefined || other.heldTokens < copied) continue;
    if (other.heldTokens === heldTokens && other.readingSince > readingSince) continue;
    if (toKeep(Math.min(common, other.tokens.length - 1)) - copied >= worthTokens)
      return { action: "wait", tokens: Math.min(common, other.heldTokens) };
  }
  return source === undefined ? undefined : { action: "copy", source, tokens: copied };
}

/** So many tokens in a row have to have come before for what followed them to be proposed again. */
const patternTokens = 3;

/**
 * Guesses how a text goes on from what it has said before: the tokens that followed the last time that its last three came. Right where
 * a model quotes, translates names or rewrites code; elsewhere it has no guess and costs nothing. Source of the idea: prompt lookup
 * decoding, https://github.com/apoorvumang/prompt-lookup-decoding.
 */
export class PromptLookup {
  readonly #tokens: number[] = [];
  /** Where the last occurrence of each pattern ends: the index after it. */
  readonly #ends = new Map<string, number>();
  /** The one before: the text's own end is an occurrence of its last pattern, too. */
  #lastEnd: number | undefined;

  constructor(tokens: readonly number[]) {
    for (const token of tokens) this.push(token);
  }

  push(token: number): void {
    this.#tokens.push(token);
    if (this.#tokens.length < patternTokens) return;
    const pattern = this.#tokens.slice(-patternTokens).join();
    this.#lastEnd = this.#ends.get(pattern);
    this.#ends.set(pattern, this.#tokens.length);
  }

  /** `count` tokens that may come next, or none. What repeats itself is guessed to go on so. */
  guess(count: number): number[] {
    if (this.#lastEnd === undefined) return [];
    const guess: number[] = [];
    for (let at = this.#lastEnd; guess.length < count; at++)
      guess.push((at < this.#tokens.length ? this.#tokens[at] : guess[at - this.#tokens.length]) ?? 0);
    return guess;
  }
}

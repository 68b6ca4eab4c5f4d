/** How much the newest round counts beside those before it. */
const newestShare = 0.3;
/** Rounds before it is judged: the first one may be an unlucky one. */
const roundsToJudge = 2;
/** Tokens until guessing is tried again where it did not pay; so many times as many each time that it does not, to a limit. */
const firstRestTokens = 16;
const restGrowth = 4;
const longestRestTokens = 1024;
/** So many rounds that pay are enough to forget that others did not. */
const roundsToTrust = 8;

/**
 * Decides how far to guess and when not to. What a round costs depends on the model, the draft, the machine and on what else that does,
 * so it is measured where it happens: guessing rests as soon as a token costs more time with it than without. It is not begun anew with
 * each reply, because what is guessed badly in one is seldom guessed well in the next.
 */
export class GuessPace {
  /** The most tokens that are guessed at once. */
  readonly #most: number;
  readonly #restless: boolean;
  /** Milliseconds per token without guesses; undefined: not known yet. */
  #plainMs: number | undefined;
  /** Guesses of a round that were right, on the average. */
  #right: number;
  /** Of the rounds since the last rest, the newer ones counting more. */
  #rounds = 0;
  #tokens = 0;
  #ms = 0;
  #restTokens = 0;
  #nextRestTokens = firstRestTokens;

  /** `restless`: it guesses on whether it pays or not. */
  constructor(most: number, restless = false) {
    this.#most = most;
    this.#restless = restless;
    this.#right = most / 2;
  }

  get resting(): boolean {
    return this.#restTokens > 0;
  }

  get plainMs(): number | undefined {
    return this.#plainMs;
  }

  /** How many tokens are worth guessing: half as many again as were right so far, and one to see whether more would be. */
  get guesses(): number {
    return Math.max(1, Math.min(this.#most, Math.round(this.#right * 1.5) + 1));
  }

  /** A token came without a guess, and took so long. */
  plain(ms: number): void {
    this.#plainMs = this.#plainMs === undefined ? ms : this.#plainMs + (ms - this.#plainMs) * newestShare;
    if (this.#restTokens > 0) this.#restTokens--;
  }

  /** `guessed` tokens were guessed, `right` of them rightly; guessing and evaluating took `ms` and gave one token more than that. */
  round(guessed: number, right: number, ms: number): void {
    const tokens = right + 1;
    // Where all were right more might have been; where nothing was guessed nothing is known.
    if (guessed > 0) this.#right += ((right === guessed ? right + 1 : right) - this.#right) * newestShare;
    this.#rounds++;
    this.#tokens = this.#tokens * (1 - newestShare) + tokens;
    this.#ms = this.#ms * (1 - newestShare) + ms;
    if (this.#restless || this.#plainMs === undefined || this.#rounds < roundsToJudge) return;
    if (this.#ms <= this.#plainMs * this.#tokens) {
      if (this.#rounds >= roundsToTrust) this.#nextRestTokens = firstRestTokens;
      return;
    }
    this.#restTokens = this.#nextRestTokens;
    this.#nextRestTokens = Math.min(longestRestTokens, this.#nextRestTokens * restGrowth);
    this.#rounds = 0;
    this.#tokens = 0;
    this.#ms = 0;
  }
}

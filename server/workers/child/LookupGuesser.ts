import type { Speculation } from "../tuning/Tuning.js";
import type { Token } from "./engine.js";
import type { Checked, Guesser } from "./Guesser.js";
import { PromptLookup } from "./PromptLookup.js";

/** When guesses do not pay, so many tokens pass before the next one. */
const restTokens = 48;
/** How much the newest guess counts in the average. */
const newestShare = 0.3;

/** Guesses that a text goes on as it did before, and rests for a while where too few of the guesses are right. */
export class LookupGuesser implements Guesser {
  readonly #lookup: PromptLookup;
  readonly #speculation: Speculation;
  #accepted: number;
  #rest = 0;

  constructor(promptTokens: readonly Token[], speculation: Speculation) {
    this.#lookup = new PromptLookup(promptTokens);
    this.#speculation = speculation;
    this.#accepted = speculation.draftTokens;
  }

  push(token: Token): void {
    this.#lookup.push(token);
    if (this.#rest > 0) this.#rest--;
  }

  guess(room: number): Token[] {
    if (this.#rest > 0) return [];
    return this.#lookup.guess(Math.min(this.#speculation.draftTokens, room)) as Token[];
  }

  checked({ right }: Checked): void {
    this.#accepted += (right - this.#accepted) * newestShare;
    if (this.#accepted < this.#speculation.breakEvenTokens) this.#rest = restTokens;
  }

  plain(): void {}
}

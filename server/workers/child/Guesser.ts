import type { Token } from "./engine.js";

/** What became of one guess. */
export interface Checked {
  /** Tokens that were guessed, and how many of the first of them were right. */
  guessed: number;
  right: number;
  /** Milliseconds that guessing and checking took; it gave the right ones and one token more. */
  ms: number;
}

/** Somebody who guesses how one reply goes on. */
export interface Guesser {
  /** The text goes on so. */
  push(token: Token): void;
  /** Up to `room` tokens that may come next; none where it does not know or does not want to. */
  guess(room: number): Promise<Token[]> | Token[];
  /** Its newest guess was checked. */
  checked(outcome: Checked): void;
  /** A token came without a guess, after so many milliseconds. */
  plain(ms: number): void;
}

/** Turns tokens into text; `previous` are the tokens before them, for tokenizers in which a word's first space depends on them. */
export type Detokenize = (tokens: readonly number[], previous: readonly number[]) => string;

const replacement = "\u{fffd}";
/** A UTF-8 character has at most four bytes, so a character that is not whole after four byte tokens never will be. */
const longestCharacterTokens = 4;
/** Tokens of context that a tokenizer needs for the text that follows them. */
const contextTokens = 4;

/** Decodes a stream of tokens so that no character is ever split: bytes of one that is not whole yet are held back. */
export class TokenDecoder {
  readonly #detokenize: Detokenize;
  #previous: number[];
  #pending: number[] = [];
  /** How much of the pending tokens' text was given out already. */
  #shown = 0;
  #sinceShown = 0;

  /** `promptTail`: the last tokens of the prompt. */
  constructor(detokenize: Detokenize, promptTail: readonly number[]) {
    this.#detokenize = detokenize;
    this.#previous = promptTail.slice(-contextTokens);
  }

  /** The text that this token completes; "" while a character is not whole. */
  push(token: number): string {
    this.#pending.push(token);
    this.#sinceShown++;
    const text = this.#detokenize(this.#pending, this.#previous);
    const whole = text.endsWith(replacement) ? text.replace(/\u{fffd}+$/u, "") : text;
    if (whole.length === text.length || this.#sinceShown > longestCharacterTokens) {
      const fresh = text.slice(this.#shown);
      this.#commit();
      return fresh;
    }
    if (whole.length <= this.#shown) return "";
    const fresh = whole.slice(this.#shown);
    this.#shown = whole.length;
    this.#sinceShown = 1;
    return fresh;
  }

  /** What is left when no more tokens come: half a character shows as U+FFFD. */
  flush(): string {
    if (this.#pending.length === 0) return "";
    const fresh = this.#detokenize(this.#pending, this.#previous).slice(this.#shown);
    this.#commit();
    return fresh;
  }

  #commit(): void {
    this.#previous = [...this.#previous, ...this.#pending].slice(-contextTokens);
    this.#pending = [];
    this.#shown = 0;
    this.#sinceShown = 0;
  }
}

import { completeText } from "../../grammar/completeText.js";
import { parseGbnf } from "../../grammar/parseGbnf.js";
import type { StopReason, TokenDetail } from "../../protocol/generation.js";
import type { FullSampling } from "../../protocol/sampling.js";
import { describeToken } from "./describeToken.js";
import { StopMatcher } from "./StopMatcher.js";
import { type Detokenize, TokenDecoder } from "./TokenDecoder.js";

/** What a writer has to know of the vocabulary. */
export interface Vocabulary {
  detokenize: Detokenize;
  tokenBytes(token: number): Uint8Array;
}

/** `tokens` are given when the sampling asks for alternatives. */
export type OnText = (text: string, tokenCount: number, tokens?: TokenDetail[]) => void;

/** Turns sampled tokens into the text that is shown: whole characters, no stop string, and what each token was. */
export class ReplyWriter {
  readonly #sampling: FullSampling;
  readonly #vocabulary: Vocabulary;
  readonly #decoder: TokenDecoder;
  readonly #matcher: StopMatcher;
  readonly #onText: OnText;
  #unshownTokens = 0;
  #unshownDetails: TokenDetail[] = [];
  /** Kept only where the end of the text depends on it. */
  #shownText = "";

  /** `promptTail`: the last tokens of the prompt. */
  constructor(sampling: FullSampling, vocabulary: Vocabulary, promptTail: readonly number[], onText: OnText) {
    this.#sampling = sampling;
    this.#vocabulary = vocabulary;
    this.#decoder = new TokenDecoder(vocabulary.detokenize, promptTail);
    this.#matcher = new StopMatcher(sampling.stop);
    this.#onText = onText;
  }

  /** Takes the next token. True: a stop string is complete, and nothing that follows is shown. */
  push(token: number, probabilities: ReadonlyMap<number, number> | undefined): boolean {
    this.#unshownTokens++;
    if (probabilities !== undefined)
      this.#unshownDetails.push(
        describeToken(token, probabilities, this.#sampling.alternatives ?? 0, (id) => this.#vocabulary.tokenBytes(id)),
      );
    const { text, stop } = this.#matcher.push(this.#decoder.push(token));
    this.#show(text);
    return stop !== undefined;
  }

  /**
   * Shows what was held back. Text that a limit cut off is made whole where the sampling wants that: whoever asked for JSON gets
   * JSON. Returns why the reply ended: what was held back may have been a stop string.
   */
  finish(stopReason: Exclude<StopReason, "error">): Exclude<StopReason, "error"> {
    if (stopReason === "stopped") return stopReason;
    const { text, stop } = this.#matcher.push(this.#decoder.flush());
    this.#show(text);
    if (stop !== undefined) return "stopString";
    this.#show(this.#matcher.flush());
    const { completeAtLimit, grammar } = this.#sampling;
    if (completeAtLimit === true && grammar !== undefined && (stopReason === "length" || stopReason === "context"))
      this.#show(completeText(parseGbnf(grammar), this.#shownText) ?? "");
    return stopReason;
  }

  #show(text: string): void {
    if (text === "") return;
    if (this.#sampling.completeAtLimit === true) this.#shownText += text;
    this.#onText(
      text,
      this.#unshownTokens,
      this.#sampling.alternatives === undefined ? undefined : this.#unshownDetails,
    );
    this.#unshownTokens = 0;
    this.#unshownDetails = [];
  }
}

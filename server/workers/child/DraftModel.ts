import type { FullSampling } from "../../protocol/sampling.js";
import type { DraftOptions } from "../messages.js";
import type { Engine, Sequence, Token } from "./engine.js";
import { GuessPace } from "./GuessPace.js";
import { batchTokens } from "./nativeEngine.js";
import { prefixLength } from "./ParkedStates.js";
import { type ReadingPace, SliceSizes } from "./SliceSizes.js";

/** Guesses are written for as long as it is at least so probable, by what the draft thinks itself, that all of them are right. */
const worthWriting = 0.4;
/** Tokens that are read together with the guesses that follow them; of more a slice is read at a time. */
const readAlongTokens = 32;

/**
 * A small model with the vocabulary of the big one, which writes down what the big one will probably say. It follows one text at a time:
 * its KV cache is compared with the text, and what is no longer in that is cut off before anything is added.
 */
export class DraftModel {
  readonly pace: GuessPace;
  readonly #sequence: Sequence;
  readonly #contextTokens: number;
  readonly #onFailed: (reason: string) => void;
  #owner = "";
  /** The text that is followed: whoever writes it adds to it. */
  #text: readonly Token[] = [];
  /** What the KV cache holds, and how much of it agrees with the text. */
  #held: Token[] = [];
  #agreed = 0;
  readonly #readingPace: ReadingPace = {};
  #sizes = new SliceSizes(this.#readingPace, batchTokens);
  #failed = false;
  /** Resolves when nothing uses the cache any more. */
  #free: Promise<void> = Promise.resolve();

  /** `onFailed` is called once at the most. */
  constructor(
    sequence: Sequence,
    { guessTokens, restless }: Pick<DraftOptions, "guessTokens" | "restless">,
    onFailed: (reason: string) => void,
  ) {
    this.#sequence = sequence;
    this.#onFailed = onFailed;
    this.#contextTokens = sequence.contextSize;
    this.pace = new GuessPace(guessTokens, restless);
  }

  /**
   * Follows another text from now on, which grows at its end; what the cache has of it is kept. Of one owner's text nothing is left for
   * another's: how fast a reply comes would tell.
   */
  follow(text: readonly Token[], owner: string): Promise<void> {
    return this.#trying(async () => {
      if (owner !== this.#owner) await this.#clear();
      this.#owner = owner;
      this.#text = text;
      this.compareAgain();
    });
  }

  /** Whether it is this very text that it follows; another reply may have taken its place. */
  follows(text: readonly Token[]): boolean {
    return this.#text === text;
  }

  /** The text has lost tokens elsewhere than at its end. */
  compareAgain(): void {
    this.#sizes = new SliceSizes(this.#readingPace, batchTokens);
    this.#agreed = prefixLength(this.#held, this.#text);
  }

  /** Drops what it holds; of a text that it follows it reads everything again. */
  forget(): Promise<void> {
    return this.#trying(() => this.#clear());
  }

  /** Whether it can guess now at all. */
  get canGuess(): boolean {
    return !this.#failed && !this.pace.resting && this.#text.length + 2 < this.#contextTokens;
  }

  /** It has to {@link read} before it can guess. */
  get mustRead(): boolean {
    this.#agree();
    return this.#text.length - this.#agreed > readAlongTokens;
  }

  /** Reads a slice of what it has not read yet, about as much as takes `targetMs`. */
  async read(targetMs: number): Promise<void> {
    await this.#trying(async () => {
      this.#agree();
      await this.#cut();
      const left = this.#text.length - 1 - this.#agreed;
      const slice = this.#text.slice(this.#agreed, this.#agreed + this.#sizes.next(left, 0, targetMs));
      const startMs = performance.now();
      await this.#sequence.evaluateWithoutGeneratingNewTokens(slice);
      this.#held.push(...slice);
      this.#agreed += slice.length;
      this.#sizes.took(slice.length, performance.now() - startMs);
    });
  }

  /**
   * Up to `count` tokens that may come next, chosen as the reply's are, or none where it is not sure enough. `recent`: the penalties'
   * window up to the text's end.
   */
  async guess(engine: Engine, count: number, sampling: FullSampling, recent: readonly Token[]): Promise<Token[]> {
    const most = Math.min(count, this.#contextTokens - this.#text.length - 1);
    const guesses: Token[] = [];
    await this.#trying(async () => {
      // The last token's evaluation tells what comes next: it is never taken from the cache.
      this.#agree();
      this.#agreed = Math.min(this.#agreed, this.#text.length - 1);
      await this.#cut();
      const window = () => [...recent, ...guesses].slice(-sampling.repeatLastTokens);
      const samples = engine.sampleDraft(this.#sequence, this.#text.slice(this.#agreed), sampling, window);
      let chance = 1;
      try {
        while (guesses.length < most) {
          const { value, done } = await samples.next(guesses.at(-1));
          const [likeliest] = done === true ? [] : value.probabilities;
          if (likeliest === undefined) break;
          const [token, probability] = likeliest;
          chance *= probability;
          if (chance < worthWriting) break;
          guesses.push(token);
        }
      } finally {
        await samples.return(undefined);
      }
      const end = this.#sequence.nextTokenIndex;
      this.#held.push(
        ...this.#text.slice(this.#agreed, end),
        ...guesses.slice(0, Math.max(0, end - this.#text.length)),
      );
      this.#agreed = Math.min(end, this.#text.length);
    });
    return guesses;
  }

  /** Goes on comparing where the text has grown: its newest tokens are among the guesses that were written last, if they were right. */
  #agree(): void {
    while (this.#agreed < Math.min(this.#held.length, this.#text.length)) {
      if (this.#held[this.#agreed] !== this.#text[this.#agreed]) return;
      this.#agreed++;
    }
  }

  async #clear(): Promise<void> {
    this.#held = [];
    this.#agreed = 0;
    if (this.#sequence.nextTokenIndex > 0) await this.#sequence.clearHistory();
  }

  /** Takes out of the cache what does not agree with the text. */
  async #cut(): Promise<void> {
    const end = this.#sequence.nextTokenIndex;
    if (this.#agreed < end) await this.#sequence.eraseContextTokenRanges([{ start: this.#agreed, end }]);
    this.#held.length = this.#agreed;
  }

  /** One after the other. A draft that fails is not asked again: its cache is gone, and the model writes without it. */
  #trying(work: () => Promise<void>): Promise<void> {
    const unlessFailed = () => (this.#failed ? undefined : work());
    const done = this.#free.then(unlessFailed).catch((error: unknown) => {
      this.#failed = true;
      this.#onFailed(error instanceof Error ? error.message : String(error));
    });
    this.#free = done;
    return done;
  }
}

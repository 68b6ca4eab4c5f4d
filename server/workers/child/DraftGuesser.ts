import type { FullSampling } from "../../protocol/sampling.js";
import type { DraftModel } from "./DraftModel.js";
import type { Engine, Token } from "./engine.js";
import type { Checked, Guesser } from "./Guesser.js";

/** One reply, as far as a draft has to know of it. */
export interface DraftedReply {
  promptTokens: readonly Token[];
  owner: string;
  sampling: FullSampling;
  /** The penalties' window up to the text's end. */
  recent: () => readonly Token[];
  /** Tokens that the context has lost behind the first `kept` since the reply began. */
  dropped: () => { kept: number; count: number };
}

/**
 * Lets a draft model guess how one reply goes on. What the draft has not read of the text it reads between two tokens, in slices that
 * take about as long as a token: the first token comes as soon as without a draft, and Stop waits for one slice at most. While guessing
 * rests nothing is read either.
 */
export class DraftGuesser implements Guesser {
  readonly #engine: Engine;
  readonly #draft: DraftModel;
  readonly #reply: DraftedReply;
  readonly #text: Token[];
  #droppedTokens = 0;
  /** Milliseconds that a guess took in which the draft was not sure of anything. */
  #vainMs = 0;

  constructor(engine: Engine, draft: DraftModel, reply: DraftedReply) {
    this.#engine = engine;
    this.#draft = draft;
    this.#reply = reply;
    this.#text = [...reply.promptTokens];
  }

  push(token: Token): void {
    this.#text.push(token);
  }

  guess(room: number): Promise<Token[]> | Token[] {
    const { pace } = this.#draft;
    if (pace.resting || room <= 0) return [];
    return this.#engine.batcher.aside(async () => {
      await this.#follow();
      if (!this.#draft.canGuess) return [];
      if (this.#draft.mustRead) {
        await this.#draft.read(pace.plainMs ?? 0);
        return [];
      }
      const startMs = performance.now();
      const { sampling, recent } = this.#reply;
      const guess = await this.#draft.guess(this.#engine, Math.min(pace.guesses, room), sampling, recent());
      if (guess.length === 0) this.#vainMs = performance.now() - startMs;
      return guess;
    });
  }

  checked({ guessed, right, ms }: Checked): void {
    this.#draft.pace.round(guessed, right, ms);
  }

  plain(ms: number): void {
    this.#draft.pace.plain(ms);
    if (this.#vainMs > 0) this.#draft.pace.round(0, 0, this.#vainMs + ms);
    this.#vainMs = 0;
  }

  /** A reply in which nothing is guessed costs the draft nothing, and takes it from no other. */
  async #follow(): Promise<void> {
    const { kept, count } = this.#reply.dropped();
    if (count > this.#droppedTokens) {
      this.#text.splice(kept, count - this.#droppedTokens);
      this.#droppedTokens = count;
      if (this.#draft.follows(this.#text)) this.#draft.compareAgain();
    }
    if (!this.#draft.follows(this.#text)) await this.#draft.follow(this.#text, this.#reply.owner);
  }
}

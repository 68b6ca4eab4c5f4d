import type { Batcher } from "./Batcher.js";
import { chooseSource } from "./chooseSource.js";
import { copyPrefix, worthCopyingTokens } from "./copyPrefix.js";
import type { Token } from "./engine.js";
import type { Lane } from "./Lane.js";
import { prefixLength } from "./ParkedStates.js";

/** A prompt that is being read. */
export interface PromptReader {
  /**
   * To be awaited before each slice: takes over from other lanes what they hold of the prompt, or waits until they do. `onProgress` gets
   * how many tokens are there meanwhile. Returns how many tokens were evaluated for that. Ends early when `signal` is aborted.
   */
  catchUp(signal: AbortSignal, onProgress: (tokens: number) => void): Promise<number>;
  /** To be called after each slice: others may have waited for it. */
  advanced(): void;
  /** To be called when nothing more of the prompt will be read, for whatever reason. */
  end(): void;
}

/**
 * What prompts of one owner have in common (a system prompt, the turns of a chat that goes two ways) is evaluated by one of the lanes and
 * copied by the others. Nothing of it passes from one owner to another. Of a temporary chat no more passes on than the other prompt says
 * itself.
 */
export class SharedPrefixes {
  readonly #lanes: readonly Lane[];
  readonly #batcher: Batcher;
  readonly #onFree: () => void;
  #begun = 0;
  #change: Promise<void>;
  #announce: () => void = () => {};
  /** So many tokens have to be shared. */
  readonly worthTokens: number;

  /** `onFree`: a lane that nobody has may be taken again. */
  constructor(lanes: readonly Lane[], batcher: Batcher, onFree: () => void) {
    this.#lanes = lanes;
    this.#batcher = batcher;
    this.#onFree = onFree;
    this.worthTokens = Math.max(...lanes.map(({ sequence }) => worthCopyingTokens(sequence)));
    this.#change = this.#nextChange();
  }

  /** How many of `tokens` from the first on some other lane holds by now and can be copied. */
  heldBeside(lane: Lane, tokens: readonly number[], owner: string): number {
    const held = this.#lanes
      .filter((other) => other !== lane && other.owner === owner)
      .map((other) => Math.min(other.heldTokens, prefixLength(other.tokens, tokens)));
    const most = Math.max(0, ...held);
    return most < this.worthTokens ? 0 : most;
  }

  /**
   * The lane, which holds the beginning of the prompt or nothing, begins to read it. `toKeep`: how many of so many held tokens of the
   * prompt are worth having before the rest is read.
   */
  begin(lane: Lane, promptTokens: readonly Token[], toKeep?: (heldTokens: number) => number): PromptReader {
    lane.tokens = promptTokens;
    lane.readingSince = ++this.#begun;
    const failed = new Set<Lane>();
    return {
      catchUp: async (signal, onProgress) => {
        let evaluatedTokens = 0;
        while (!signal.aborted) {
          const holders = this.#lanes.filter((other) => !failed.has(other));
          const step = chooseSource(lane, holders, this.worthTokens, toKeep);
          if (step === undefined) break;
          if (step.action === "wait") {
            onProgress(step.tokens);
            await this.#nextOrAborted(signal);
          } else {
            const copy = await this.#copy(step.source, lane, promptTokens.slice(0, step.tokens));
            evaluatedTokens += copy.evaluatedTokens;
            if (copy.copiedTokens + copy.evaluatedTokens < step.tokens) failed.add(step.source);
            this.#changed();
            onProgress(lane.heldTokens);
          }
        }
        return evaluatedTokens;
      },
      advanced: () => this.#changed(),
      end: () => {
        lane.readingSince = undefined;
        this.#changed();
      },
    };
  }

  /** Resolves when nobody copies from the lane any more. A copy needs nothing of the lane's holder, so that one may wait for it. */
  async returned(lane: Lane): Promise<void> {
    while (lane.loans > 0) await this.#change;
  }

  async #copy(source: Lane, lane: Lane, tokens: readonly Token[]): ReturnType<typeof copyPrefix> {
    source.loans++;
    try {
      const priority = this.#batcher.priorityOf(lane.id);
      return await this.#batcher.exclusive(() => copyPrefix(source.sequence, lane.sequence, tokens, priority));
    } finally {
      source.loans--;
      this.#changed();
      if (!source.busy) this.#onFree();
    }
  }

  #changed(): void {
    this.#announce();
    this.#change = this.#nextChange();
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#announce = resolve;
    });
  }

  #nextOrAborted(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", done);
        resolve();
      };
      signal.addEventListener("abort", done, { once: true });
      void this.#change.then(done);
    });
  }
}

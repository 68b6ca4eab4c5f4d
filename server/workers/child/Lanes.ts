import type { Engine, Sequence, Token } from "./engine.js";

interface Lane {
  readonly id: number;
  readonly sequence: Sequence;
  /** What its KV cache holds, as far as it was recorded. */
  tokens: Token[];
  busy: boolean;
  usedAt: number;
}

/** The model's sequences. A request gets the free one that holds the longest prefix of its prompt; the rest wait in order. */
export class Lanes {
  readonly #lanes: Lane[];
  readonly #waiting: { promptTokens: Token[]; grant: (lane: Lane) => void; moved: (position: number) => void }[] = [];
  #clock = 0;

  constructor(engine: Engine) {
    this.#lanes = Array.from({ length: engine.info.sequences }, (_, id) => ({
      id,
      sequence: engine.openSequence(),
      tokens: [],
      busy: false,
      usedAt: 0,
    }));
  }

  /**
   * Runs `work` on a lane once one is free. `onPosition` tells the place in the queue (1 is next) whenever it changes.
   * A request whose signal is aborted while it waits leaves the queue and resolves to `undefined`.
   */
  async use<T>(
    promptTokens: Token[],
    signal: AbortSignal,
    onPosition: (position: number) => void,
    work: (sequence: Sequence) => Promise<T>,
  ): Promise<T | undefined> {
    const lane = this.#take(promptTokens) ?? (await this.#wait(promptTokens, signal, onPosition));
    if (lane === undefined) return undefined;
    try {
      return await work(lane.sequence);
    } finally {
      lane.tokens = lane.sequence.contextTokens;
      lane.busy = false;
      this.#grantNext();
    }
  }

  #take(promptTokens: Token[]): Lane | undefined {
    const free = this.#lanes.filter((lane) => !lane.busy);
    const best = free
      .map((lane) => ({ lane, prefix: commonPrefixLength(lane.tokens, promptTokens) }))
      // The longest prefix wins; else an unused lane or the one that was used longest ago, so that fresh caches survive.
      .sort((a, b) => b.prefix - a.prefix || a.lane.usedAt - b.lane.usedAt || a.lane.id - b.lane.id)[0]?.lane;
    if (best === undefined) return undefined;
    best.busy = true;
    best.usedAt = ++this.#clock;
    return best;
  }

  #wait(promptTokens: Token[], signal: AbortSignal, moved: (position: number) => void): Promise<Lane | undefined> {
    return new Promise((resolve) => {
      const leave = () => {
        const index = this.#waiting.indexOf(entry);
        if (index < 0) return;
        this.#waiting.splice(index, 1);
        this.#tellPositions();
        resolve(undefined);
      };
      const entry = {
        promptTokens,
        moved,
        grant: (lane: Lane) => {
          signal.removeEventListener("abort", leave);
          resolve(lane);
        },
      };
      this.#waiting.push(entry);
      signal.addEventListener("abort", leave, { once: true });
      moved(this.#waiting.length);
    });
  }

  #grantNext(): void {
    const next = this.#waiting[0];
    if (next === undefined) return;
    const lane = this.#take(next.promptTokens);
    if (lane === undefined) return;
    this.#waiting.shift();
    next.grant(lane);
    this.#tellPositions();
  }

  #tellPositions(): void {
    for (const [index, entry] of this.#waiting.entries()) entry.moved(index + 1);
  }
}

function commonPrefixLength(a: readonly Token[], b: readonly Token[]): number {
  const end = Math.min(a.length, b.length);
  let length = 0;
  while (length < end && a[length] === b[length]) length++;
  return length;
}

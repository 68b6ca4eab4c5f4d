import type { QueuedTokens } from "./Batcher.js";
import { type ReadingPace, SliceSizes, sharedTargetMs } from "./SliceSizes.js";

/** A text that is being embedded. */
interface Reading {
  sizes: SliceSizes;
  signal: AbortSignal;
}

/** Where node-llama-cpp 3.22 keeps what its embedding contexts have no option for. */
const innerContext = "_llamaContext";
const batchingOptions = "_batchingOptions";
const strategyOption = "itemPrioritizationStrategy";

/**
 * Reads what is embedded in slices, as prompts are: the engine's threads go from one context to the other after each batch, so whoever's
 * reply is being written waits for one slice and not for 512 tokens; and Stop works in the middle of a text.
 */
export class EmbeddingSlices {
  readonly #mostTokens: number;
  readonly #isShared: () => boolean;
  readonly #pace: ReadingPace = {};
  #reading: Reading | undefined;
  #slice: { tokens: number; startMs: number } | undefined;

  /** `mostTokens`: that a batch takes. `isShared`: whether replies are being written beside it. */
  constructor(mostTokens: number, isShared: () => boolean) {
    this.#mostTokens = mostTokens;
    this.#isShared = isShared;
  }

  /**
   * To be called once for each context. Where the engine keeps its options elsewhere than in 3.22, texts are read in whole batches. So they are
   * by models that look at a text as a whole, or make a vector of all its tokens (`pooling`: `mean` is 1, `cls` 2, `rank` 4): the engine knows
   * only what is in one batch.
   */
  apply(
    context: object,
    { pooling, causal = true }: { pooling?: number | undefined; causal?: boolean | undefined },
  ): void {
    if (!causal || pooling === 1 || pooling === 2 || pooling === 4) return;
    const inner: unknown = Reflect.get(context, innerContext);
    const options: unknown =
      typeof inner === "object" && inner !== null ? Reflect.get(inner, batchingOptions) : undefined;
    if (typeof options === "object" && options !== null && strategyOption in options)
      Reflect.set(options, strategyOption, this.strategy);
  }

  /** Runs `work`, which embeds one text; rejects with the signal's reason as soon as it is aborted and the slice has ended. */
  async during<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    this.#reading = { sizes: new SliceSizes(this.#pace, this.#mostTokens), signal };
    try {
      return await work();
    } finally {
      this.#reading = undefined;
      this.#slice = undefined;
    }
  }

  /** node-llama-cpp's `itemPrioritizationStrategy`; what it throws ends the text. */
  readonly strategy = <Item extends Pick<QueuedTokens, "tokens">>({
    items: [item],
    size,
  }: {
    items: readonly Item[];
    size: number;
  }): { item: Item; processAmount: number }[] => {
    if (item === undefined) return [];
    const left = item.tokens.length;
    if (this.#reading === undefined) return [{ item, processAmount: Math.min(left, size) }];
    const { sizes, signal } = this.#reading;
    signal.throwIfAborted();
    const nowMs = performance.now();
    if (this.#slice !== undefined) sizes.took(this.#slice.tokens, nowMs - this.#slice.startMs);
    const wanted = this.#isShared() ? sizes.next(left, 0, sharedTargetMs) : sizes.next(left, 0);
    const tokens = Math.min(left, size, wanted);
    this.#slice = { tokens, startMs: nowMs };
    return [{ item, processAmount: tokens }];
  };
}

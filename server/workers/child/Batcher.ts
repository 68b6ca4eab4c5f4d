/** One sequence's tokens that wait for the engine; the shape is node-llama-cpp's `BatchItem`. */
export interface QueuedTokens {
  readonly tokens: readonly unknown[];
  readonly evaluationPriority: number;
}

/** node-llama-cpp's own type of that name. */
type EvaluationPriority = 1 | 2 | 3 | 4 | 5;

/** Whoever decides how batches are computed. */
export interface BatchWatcher {
  /** A batch is about to be computed, in which so many sequences decode a token and so many tokens of prompts are read. */
  begins(decoding: number, promptTokens: number): void;
  observe(observation: BatchObservation): void;
}

/** What one batch did, for the thread governor and the figures. */
export interface BatchObservation {
  /** Sequences that decoded one token each. */
  decoding: number;
  /** Tokens of prompts that were read beside them. */
  promptTokens: number;
  ms: number;
}

/**
 * How often the engine's loop may be sent back empty-handed while a batch is not full. Each time costs a few microtasks, in
 * which the sequences that just got a token ask for their next one.
 */
const patience = 200;
/** Lanes are packed into the priority in steps that stay inside its documented range of 1 to 5. */
const laneStep = 1 / 1024;

/**
 * Decides what goes into each batch: all decoding sequences at once, in rising order of their ids, then slices of prompts.
 * llama.cpp decodes the KV streams of a batch together only while their ids rise by one (`llama_batch_allocr::split_equal`),
 * and node-llama-cpp looks at its queue before the last sequence has asked again; both halve the throughput.
 */
export class Batcher {
  readonly #watcher: BatchWatcher;
  /** Batches by the number of sequences that decoded in them. */
  readonly batchSizes = new Map<number, number>();
  #decoding = 0;
  #aside = 0;
  #waited = 0;
  #exclusive = 0;
  #open: Promise<void> | undefined;
  #release: () => void = () => {};
  #last: { decoding: number; promptTokens: number; startMs: number } | undefined;

  constructor(watcher: BatchWatcher) {
    this.#watcher = watcher;
  }

  /** Sequences that are between their first and their last token. */
  get decoding(): number {
    return this.#decoding;
  }

  /** Replies that are being written, those included for which no batch waits at the moment. */
  get writing(): number {
    return this.#decoding + this.#aside;
  }

  /** The priority by which the batch can be ordered by lane; the engine shows its strategy no ids. */
  priorityOf(lane: number): EvaluationPriority {
    // The type names the whole numbers only; any number in between is passed on untouched.
    return (5 - lane * laneStep) as EvaluationPriority;
  }

  /** Between the two calls a batch waits for this sequence's token. */
  enterDecoding(): () => void {
    this.#decoding++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#decoding--;
    };
  }

  /** Runs `work` while a sequence that decodes does not: batches do not wait for it. */
  async aside<T>(work: () => Promise<T>): Promise<T> {
    this.#decoding--;
    this.#aside++;
    try {
      return await work();
    } finally {
      this.#aside--;
      this.#decoding++;
    }
  }

  /** To be called with every token and every slice of a prompt that is done: the first one tells how long the batch took. */
  partDone(): void {
    if (this.#last === undefined) return;
    const { decoding, promptTokens, startMs } = this.#last;
    this.#last = undefined;
    this.#watcher.observe({ decoding, promptTokens, ms: performance.now() - startMs });
  }

  /**
   * Runs `work` while no sequence asks for tokens: the engine keeps its context locked for as long as its queue is not empty,
   * so changing a KV cache would wait for ever beside a steady stream.
   */
  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    if (this.#exclusive++ === 0)
      this.#open = new Promise((resolve) => {
        this.#release = resolve;
      });
    try {
      return await work();
    } finally {
      if (--this.#exclusive === 0) {
        this.#open = undefined;
        this.#release();
      }
    }
  }

  /** To be awaited before asking for the next token or slice. */
  gate(): Promise<void> | undefined {
    return this.#open;
  }

  /** node-llama-cpp's `itemPrioritizationStrategy`. */
  readonly strategy = <Item extends QueuedTokens>({
    items,
    size,
  }: {
    items: readonly Item[];
    size: number;
  }): { item: Item; processAmount: number }[] => {
    const decoders = items.filter((item) => item.tokens.length === 1);
    // While the gate is closed the missing ones will not come.
    if (decoders.length < this.#decoding && this.#open === undefined && this.#waited++ < patience) return [];
    this.#waited = 0;
    const prompts = items.filter((item) => item.tokens.length > 1);
    const batch: { item: Item; processAmount: number }[] = [];
    let left = size;
    const take = (item: Item, amount: number) => {
      if (amount <= 0) return;
      batch.push({ item, processAmount: amount });
      left -= amount;
    };
    for (const item of decoders) take(item, Math.min(1, left));
    // Readers share what is left evenly, so that two long prompts finish side by side.
    for (const [index, item] of prompts.entries())
      take(item, Math.min(item.tokens.length, Math.max(1, Math.floor(left / (prompts.length - index))), left));
    const promptTokens = size - left - Math.min(decoders.length, size);
    if (decoders.length > 0) this.batchSizes.set(decoders.length, (this.batchSizes.get(decoders.length) ?? 0) + 1);
    this.#watcher.begins(decoders.length, promptTokens);
    this.#last = { decoding: decoders.length, promptTokens, startMs: performance.now() };
    return batch.sort((a, b) => b.item.evaluationPriority - a.item.evaluationPriority);
  };
}

/** What a window does with shards; all by their index. */
export interface ShardActions {
  /** Makes the shard be on the disk, whole and checked. */
  fetch(index: number): Promise<void>;
  /** Deletes it. */
  drop(index: number): Promise<void>;
}

/** Shards on the disk at once, unless more are asked for: the one in use and the next. */
const windowShards = 2;

interface Waiter {
  index: number;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Keeps the shards that a conversion needs now: fetches them one at a time in order, the next one while the last is in
 * use, and drops those that are used up. A shard that is asked for comes first, wherever it is.
 */
export class ShardWindow {
  readonly #count: number;
  readonly #actions: ShardActions;
  readonly #keep: boolean;
  readonly #there: Set<number>;
  #waiters: Waiter[] = [];
  #firstNeeded: number;
  #fetching: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;
  #started = false;

  /** `there`: shards that earlier runs fetched. `firstNeeded`: those below were used up. `keep`: drop none. */
  constructor(
    count: number,
    actions: ShardActions,
    options: { there: Iterable<number>; firstNeeded: number; keep: boolean },
  ) {
    this.#count = count;
    this.#actions = actions;
    this.#keep = options.keep;
    this.#there = new Set(options.there);
    this.#firstNeeded = options.firstNeeded;
  }

  /** Begins to fetch; until then nothing is. */
  start(): void {
    this.#started = true;
    this.#next();
  }

  /** Nothing is left to fetch. */
  get complete(): boolean {
    for (let index = this.#firstNeeded; index < this.#count; index++) if (!this.#there.has(index)) return false;
    return true;
  }

  has(index: number): boolean {
    return this.#there.has(index);
  }

  /** How many of the first `count` shards are there or were used up. */
  settled(count: number): number {
    let index = Math.min(this.#firstNeeded, count);
    while (index < count && this.#there.has(index)) index++;
    return index;
  }

  /** Resolves when nothing is being fetched any more. */
  async idle(): Promise<void> {
    while (this.#fetching !== undefined) await this.#fetching;
  }

  /** Resolves when the shard is there. Rejects with why it cannot be. */
  need(index: number): Promise<void> {
    if (this.#there.has(index)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ index, resolve, reject });
      this.start();
    });
  }

  /** Shards below `firstNeeded` are not needed any more. Returns when they are gone. */
  async release(firstNeeded: number): Promise<void> {
    this.#firstNeeded = Math.max(this.#firstNeeded, firstNeeded);
    if (!this.#keep)
      for (const index of [...this.#there]) {
        if (index >= this.#firstNeeded) continue;
        this.#there.delete(index);
        await this.#actions.drop(index);
      }
    this.#next();
  }

  /** The next shard: one that is waited for, else the first missing one of the window. */
  #choose(): number | undefined {
    const [waiter] = [...this.#waiters].sort((a, b) => a.index - b.index);
    if (waiter !== undefined) return waiter.index;
    const end = this.#keep ? this.#count : Math.min(this.#count, this.#firstNeeded + windowShards);
    for (let index = this.#firstNeeded; index < end; index++) if (!this.#there.has(index)) return index;
    return undefined;
  }

  #next(): void {
    if (this.#failure !== undefined) this.#rejectAll(this.#failure.error);
    const index = this.#choose();
    if (!this.#started || this.#fetching !== undefined || this.#failure !== undefined || index === undefined) return;
    this.#fetching = this.#actions.fetch(index).then(
      () => {
        this.#fetching = undefined;
        this.#there.add(index);
        const ready = this.#waiters.filter((waiter) => waiter.index === index);
        this.#waiters = this.#waiters.filter((waiter) => waiter.index !== index);
        for (const waiter of ready) waiter.resolve();
        this.#next();
      },
      (error: unknown) => {
        this.#fetching = undefined;
        this.#failure = { error };
        this.#rejectAll(error);
      },
    );
  }

  #rejectAll(error: unknown): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }
}

/**
 * Chooses how many threads the engine uses, while it runs. The engine's threads spin at barriers, so one thread more than there
 * are free cores costs many times the speed; one too few costs its share. Two signals:
 * - the time per step jumps: step down at once;
 * - the system's own figures say how many cores others use: down to what is left at the next look, up when it has been
 *   free for several looks in a row.
 * Going up is kept only when the steps really got shorter; a level that did not help is left alone for a while.
 */
export interface GovernorOptions {
  /** The most threads allowed. */
  max: number;
  /** The most while prompts are read; left out: `max`. */
  maxBatch?: number;
  initial: number;
  /** Cores that this process may use at all. */
  cores: number;
}

/** A step this many times slower than usual is a jump. */
const jumpFactor = 3;
/** Jumps in a row before stepping down: one alone may be a page fault. */
const jumpsToReact = 2;
/** … and what they cost together: two hiccups of a small model are over before anything could be done about them. */
const costToReactMs = 15;
/** Looks in a row that have to find a core free before it is used. */
const looksToRise = 3;
/**
 * A core that others use less than this much of still counts as free: the server and the clients of a fast model use half of one, and
 * whether a core so used is worth having is found out by trying. A program that never waits uses all of it.
 */
const freeCoreShare = 0.65;
/** Steps after going up before it is judged: with fewer one slow step would decide. */
const stepsToJudge = 32;
/** Going up has to make steps at least this much shorter. */
const worthwhile = 0.97;
const firstBlockMs = 20_000;
const longestBlockMs = 300_000;
/** After a jump nothing goes up for this long. */
const calmMs = 1000;

export class ThreadGovernor {
  readonly #options: GovernorOptions;
  /** Usual milliseconds per step, by threads and sequences in the batch. */
  readonly #usualMs = new Map<string, number>();
  readonly #blocked = new Map<number, { untilMs: number; forMs: number }>();
  #threads: number;
  #jumps = 0;
  #jumpCostMs = 0;
  #risingLooks = 0;
  /** Cores that others leave: what is less counts at once, what is more when several looks in a row have seen it. */
  #free: number;
  #moreFreeLooks = 0;
  #lastJumpMs = Number.NEGATIVE_INFINITY;
  #trial: { from: number; decoding: number; steps: number; totalMs: number } | undefined;

  constructor(options: GovernorOptions) {
    this.#options = options;
    this.#threads = Math.max(1, Math.min(options.initial, options.max));
    this.#free = options.initial;
  }

  get threads(): number {
    return this.#threads;
  }

  /** Before the first step: others use so many cores' worth of time. */
  begin(othersBusyCores: number): void {
    this.#free = this.#freeBeside(othersBusyCores);
    this.#threads = Math.max(1, Math.min(this.#options.max, this.#free));
  }

  /** For batches that read prompts: where those gain from more threads than replies do, as many as are free. */
  get batchThreads(): number {
    const { max, maxBatch = max } = this.#options;
    if (maxBatch <= max) return Math.min(maxBatch, this.#threads);
    return Math.max(this.#threads, Math.min(maxBatch, this.#free));
  }

  /** A step of `decoding` sequences without prompt tokens took `ms`. */
  step(decoding: number, ms: number, nowMs: number): void {
    const key = `${this.#threads}:${decoding}`;
    const usual = this.#usualMs.get(key);
    if (usual !== undefined && ms > usual * jumpFactor && ms > usual + 2) {
      this.#jumps++;
      this.#jumpCostMs += ms - usual;
      if (this.#jumps >= jumpsToReact && this.#jumpCostMs >= costToReactMs) {
        this.#react(nowMs);
        return;
      }
    } else {
      this.#calm();
      this.#usualMs.set(key, usual === undefined ? ms : usual + (ms - usual) * 0.1);
    }
    this.#judge(decoding, ms, nowMs);
  }

  /** Others used `othersBusyCores` cores' worth of time since the last look. */
  look(othersBusyCores: number, nowMs: number): void {
    const free = this.#freeBeside(othersBusyCores);
    this.#moreFreeLooks = free > this.#free ? this.#moreFreeLooks + 1 : 0;
    if (free < this.#free || this.#moreFreeLooks >= looksToRise) this.#free = free;
    const target = Math.max(1, Math.min(this.#options.max, free));
    if (target < this.#threads) {
      this.#risingLooks = 0;
      this.#set(target);
      return;
    }
    const blocked = this.#blocked.get(target);
    const mayRise =
      target > this.#threads &&
      nowMs - this.#lastJumpMs >= calmMs &&
      (blocked === undefined || nowMs >= blocked.untilMs);
    this.#risingLooks = mayRise ? this.#risingLooks + 1 : 0;
    if (this.#risingLooks < looksToRise) return;
    this.#risingLooks = 0;
    const from = this.#threads;
    this.#set(target);
    this.#trial = { from, decoding: 0, steps: 0, totalMs: 0 };
  }

  #freeBeside(othersBusyCores: number): number {
    return Math.floor(this.#options.cores - othersBusyCores + freeCoreShare);
  }

  #react(nowMs: number): void {
    this.#lastJumpMs = nowMs;
    this.#free = 1;
    this.#moreFreeLooks = 0;
    this.#set(Math.max(1, Math.floor(this.#threads / 2)));
  }

  /** After going up: compares with what the level below did for as many sequences, and goes back when it was not worth it. */
  #judge(decoding: number, ms: number, nowMs: number): void {
    const trial = this.#trial;
    if (trial === undefined) return;
    if (trial.decoding !== decoding) Object.assign(trial, { decoding, steps: 0, totalMs: 0 });
    trial.steps++;
    trial.totalMs += ms;
    if (trial.steps < stepsToJudge) return;
    this.#trial = undefined;
    const before = this.#usualMs.get(`${trial.from}:${decoding}`);
    const level = this.#threads;
    if (before === undefined || trial.totalMs / trial.steps <= before * worthwhile) {
      this.#blocked.delete(level);
      return;
    }
    const forMs = Math.min(longestBlockMs, (this.#blocked.get(level)?.forMs ?? firstBlockMs / 2) * 2);
    this.#blocked.set(level, { untilMs: nowMs + forMs, forMs });
    this.#set(trial.from);
  }

  #calm(): void {
    this.#jumps = 0;
    this.#jumpCostMs = 0;
  }

  #set(threads: number): void {
    this.#calm();
    if (threads === this.#threads) return;
    this.#trial = undefined;
    this.#threads = threads;
  }
}

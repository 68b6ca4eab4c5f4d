/**
 * Chooses how many threads the engine uses, while it runs. The engine's threads spin at barriers, so one thread more than there
 * are free cores costs many times the speed; one too few costs its share. Three signals:
 * - the time per step jumps: step down at once;
 * - steps are uneven, many of them far longer than usual: see whether one thread less is faster on the whole;
 * - the system's own figures say how many cores others use: down to what is left at the next look, up when it has been
 *   free for several looks in a row.
 * What is best depends on how many sequences a step decodes, so each number of them has a level of its own. Another level is kept only
 * when the steps really got shorter; one that did not help is left alone for a while.
 */
export interface GovernorOptions {
  /** The most threads allowed while replies are written. */
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
/** … and what they cost together: two hiccups of a small model are over before anything could be done about them … */
const costToReactMs = 15;
/** … or so much that nothing that was found out before counts. */
const graveCostMs = 200;
/** Steps are uneven when their mean is so many times the usual one … */
const unevenFactor = 1.35;
/** … and more than this share of the latest ones took twice as long as usual: one long pause is none of the threads' doing. */
const unevenShare = 0.07;
/** Looks in a row that have to find a core free before it is used. */
const looksToRise = 3;
/**
 * A core that others use less than this much of counts as free: the server and the clients of a fast model use most of one, and
 * whether a core so used is worth having is found out by trying. A program that never waits uses all of it …
 */
const freeCoreShare = 0.8;
/** … and shows so as soon as it has a core to itself: one that is taken already is kept until others use this much of it. */
const keptCoreShare = 0.9;
/** Steps with more threads before they are judged: with fewer one slow step would decide … */
const stepsToJudge = 32;
/** … and with fewer threads, which are even. */
const stepsToJudgeFewer = 12;
/** The latest steps, as far as their mean goes. */
const recentSteps = 16;
/** Going up has to make steps at least this much shorter. */
const worthwhile = 0.97;
const firstBlockMs = 20_000;
const longestBlockMs = 300_000;
/** After a jump nothing goes up for this long. */
const calmMs = 1000;

/** What is known of steps with so many threads that decode so many sequences. */
interface StepTimes {
  /** Jumps left out. */
  usualMs: number;
  /** Jumps and all, of the latest steps. */
  meanMs: number;
  /** Of the latest steps, those that took more than twice as long as usual. */
  longShare: number;
  steps: number;
}

/** The threads for one number of decoding sequences. */
interface Level {
  threads: number;
  /** Threads that are tried, by what they were before, and the mean that makes them worth keeping. */
  trial: { from: number; worthMs: number; steps: number; totalMs: number; uneven: boolean } | undefined;
  /** Threads that were tried and did not help. */
  readonly blocked: Map<number, { untilMs: number; forMs: number }>;
}

export class ThreadGovernor {
  readonly #options: GovernorOptions;
  readonly #times = new Map<string, StepTimes>();
  readonly #levels = new Map<number, Level>();
  /** Sequences that the last step decoded. */
  #decoding = 1;
  #jumps = 0;
  #jumpCostMs = 0;
  #risingLooks = 0;
  /** Cores that others leave: what is less counts at once, what is more when several looks in a row have seen it. */
  #free: number;
  #moreFreeLooks = 0;
  #lastJumpMs = Number.NEGATIVE_INFINITY;

  constructor(options: GovernorOptions) {
    this.#options = options;
    this.#free = options.initial;
  }

  /** Before the first step: others use so many cores' worth of time. */
  begin(othersBusyCores: number): void {
    this.#free = this.#freeBeside(othersBusyCores, freeCoreShare);
    this.#levels.clear();
  }

  /** For a step that decodes so many sequences and reads no prompt. */
  threadsFor(decoding: number): number {
    return Math.min(this.#most, this.#level(decoding).threads);
  }

  /** For batches that read prompts: they gain from every free core, whatever the steps of replies do. */
  get batchThreads(): number {
    const { max, maxBatch = max } = this.#options;
    return Math.max(1, Math.min(maxBatch, this.#free));
  }

  /** A step of `decoding` sequences without prompt tokens took `ms`. */
  step(decoding: number, ms: number, nowMs: number): void {
    if (decoding !== this.#decoding) this.#calm();
    this.#decoding = decoding;
    const times = this.#timesOf(this.threadsFor(decoding), decoding, ms);
    const isJump = ms > times.usualMs * jumpFactor && ms > times.usualMs + 2;
    times.steps++;
    const weight = 1 / Math.min(times.steps, recentSteps);
    times.meanMs += (ms - times.meanMs) * weight;
    times.longShare += ((ms > 2 * times.usualMs ? 1 : 0) - times.longShare) * weight;
    if (!isJump) {
      this.#calm();
      times.usualMs += (ms - times.usualMs) * 0.1;
    } else {
      this.#jumps++;
      this.#jumpCostMs += ms - times.usualMs;
      if (this.#jumps >= jumpsToReact && this.#jumpCostMs >= costToReactMs) {
        this.#react(times, nowMs);
        return;
      }
    }
    this.#judge(ms, nowMs);
    this.#questionUneven(times, nowMs);
  }

  /** Others used `othersBusyCores` cores' worth of time since the last look. */
  look(othersBusyCores: number, nowMs: number): void {
    const free = this.#freeBeside(othersBusyCores, freeCoreShare);
    const kept = this.#freeBeside(othersBusyCores, keptCoreShare);
    this.#moreFreeLooks = free > this.#free ? this.#moreFreeLooks + 1 : 0;
    if (this.#moreFreeLooks >= looksToRise) this.#free = free;
    else if (kept < this.#free) this.#free = kept;
    const level = this.#level(this.#decoding);
    const mayRise =
      level.threads < this.#most &&
      nowMs - this.#lastJumpMs >= calmMs &&
      nowMs >= (level.blocked.get(this.#most)?.untilMs ?? 0);
    this.#risingLooks = mayRise ? this.#risingLooks + 1 : 0;
    if (this.#risingLooks < looksToRise) return;
    this.#risingLooks = 0;
    const before = this.#times.get(`${level.threads}:${this.#decoding}`);
    this.#try(level, this.#most, before === undefined ? Number.POSITIVE_INFINITY : before.usualMs * worthwhile);
  }

  get #most(): number {
    return Math.max(1, Math.min(this.#options.max, this.#free));
  }

  #freeBeside(othersBusyCores: number, share: number): number {
    return Math.floor(this.#options.cores - othersBusyCores + share);
  }

  /** A number of sequences that was never seen begins with every free core: more sequences are more to compute. */
  #level(decoding: number): Level {
    const known = this.#levels.get(decoding);
    if (known !== undefined) return known;
    const level: Level = { threads: this.#most, trial: undefined, blocked: new Map() };
    this.#levels.set(decoding, level);
    return level;
  }

  #timesOf(threads: number, decoding: number, firstMs: number): StepTimes {
    const key = `${threads}:${decoding}`;
    const known = this.#times.get(key);
    if (known !== undefined) return known;
    const times: StepTimes = { usualMs: firstMs, meanMs: firstMs, longShare: 0, steps: 0 };
    this.#times.set(key, times);
    return times;
  }

  /** Half of the threads, as long as that is better than what the latest steps were like. */
  #react({ meanMs }: StepTimes, nowMs: number): void {
    const level = this.#level(this.#decoding);
    const threads = this.threadsFor(this.#decoding);
    const costMs = this.#jumpCostMs;
    this.#calm();
    if (threads === 1) return;
    const { trial } = level;
    if (trial !== undefined && threads > trial.from) {
      this.#lastJumpMs = nowMs;
      this.#block(level, threads, nowMs);
      level.trial = undefined;
      level.threads = trial.from;
      return;
    }
    const fewer = Math.floor(threads / 2);
    if (costMs < graveCostMs && nowMs < (level.blocked.get(fewer)?.untilMs ?? 0)) return;
    this.#lastJumpMs = nowMs;
    this.#try(level, fewer, meanMs);
  }

  /** `uneven`: because the steps before were, for no reason that could go away. */
  #try(level: Level, threads: number, worthMs: number, uneven = false): void {
    level.trial = { from: level.threads, worthMs, steps: 0, totalMs: 0, uneven };
    level.threads = threads;
    this.#calm();
  }

  /** At another level: compares with what the one before did for as many sequences, and goes back when it was not worth it. */
  #judge(ms: number, nowMs: number): void {
    const level = this.#level(this.#decoding);
    const { trial } = level;
    if (trial === undefined || this.threadsFor(this.#decoding) !== level.threads) return;
    trial.steps++;
    trial.totalMs += ms;
    const tried = level.threads;
    if (trial.steps < (tried < trial.from ? stepsToJudgeFewer : stepsToJudge)) return;
    level.trial = undefined;
    if (trial.totalMs / trial.steps <= trial.worthMs) {
      level.blocked.delete(tried);
      // After a jump the others may leave again, and the machine's figures tell when.
      if (trial.uneven) this.#block(level, trial.from, nowMs);
      return;
    }
    this.#block(level, tried, nowMs);
    level.threads = trial.from;
    this.#calm();
  }

  /** Threads that often wait for one that has no core look fine in most steps and cost dearly in the rest. */
  #questionUneven({ usualMs, meanMs, longShare, steps }: StepTimes, nowMs: number): void {
    const level = this.#level(this.#decoding);
    const fewer = level.threads - 1;
    if (level.trial !== undefined || fewer < 1 || this.threadsFor(this.#decoding) !== level.threads) return;
    if (steps < recentSteps || meanMs < usualMs * unevenFactor || longShare < unevenShare) return;
    if (nowMs < (level.blocked.get(fewer)?.untilMs ?? 0)) return;
    this.#try(level, fewer, meanMs, true);
  }

  #block(level: Level, threads: number, nowMs: number): void {
    const forMs = Math.min(longestBlockMs, (level.blocked.get(threads)?.forMs ?? firstBlockMs / 2) * 2);
    level.blocked.set(threads, { untilMs: nowMs + forMs, forMs });
  }

  #calm(): void {
    this.#jumps = 0;
    this.#jumpCostMs = 0;
  }
}

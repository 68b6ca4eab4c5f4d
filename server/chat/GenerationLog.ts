import type { GenerationEvent } from "../protocol/generation.js";

/** An event before the log has numbered it. */
export type NewGenerationEvent = GenerationEvent extends infer Event
  ? Event extends GenerationEvent
    ? Event["type"] extends "snapshot"
      ? never
      : Omit<Event, "seq">
    : never
  : never;

/** Entries that a log keeps one by one; older ones are folded into a snapshot. */
const defaultKeptEvents = 4096;

/**
 * The numbered log of one generation, and the centre of it all: the worker's output is appended, any number of readers
 * replay from their cursor and follow on. A reader that leaves changes nothing. Memory is bounded: beyond `keptEvents`
 * the older half becomes one snapshot, which holds the whole text up to its `seq`.
 */
export class GenerationLog {
  readonly #keptEvents: number;
  readonly #journal: ((event: GenerationEvent) => void) | undefined;
  readonly #wake = new Set<() => void>();
  #events: GenerationEvent[] = [];
  /** Text and tokens up to the event before `#events[0]`. */
  #foldedText = "";
  #foldedTokenCount = 0;
  #lastSeq = 0;
  #ended = false;

  /**
   * `journal` sees every event before any reader does: what a reader was shown has been stored. What it throws at a text reaches
   * whoever appended that, and the text is not taken; it may not throw at the end.
   */
  constructor(options: { journal?: (event: GenerationEvent) => void; keptEvents?: number } = {}) {
    this.#journal = options.journal;
    this.#keptEvents = options.keptEvents ?? defaultKeptEvents;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** All text so far. */
  get text(): string {
    return this.#foldedText + this.#events.map((event) => (event.type === "text" ? event.text : "")).join("");
  }

  /** Numbers the event, journals it and wakes the readers. After the end nothing is taken any more: returns false. */
  append(event: NewGenerationEvent): boolean {
    if (this.#ended) return false;
    const numbered: GenerationEvent = { ...event, seq: this.#lastSeq + 1 };
    this.#journal?.(numbered);
    this.#lastSeq = numbered.seq;
    this.#events.push(numbered);
    if (numbered.type === "end") this.#ended = true;
    if (this.#events.length > this.#keptEvents) this.#fold();
    for (const wake of [...this.#wake]) wake();
    return true;
  }

  /** What comes after `afterSeq`, in order; a snapshot first when those entries are no longer kept. */
  read(afterSeq: number): GenerationEvent[] {
    const firstSeq = this.#events[0]?.seq ?? this.#lastSeq + 1;
    if (afterSeq >= firstSeq - 1) return this.#events.slice(afterSeq - firstSeq + 1);
    return [
      { seq: firstSeq - 1, type: "snapshot", text: this.#foldedText, tokenCount: this.#foldedTokenCount },
      ...this.#events,
    ];
  }

  /** Calls `wake` after every append. Returns how to end that. */
  subscribe(wake: () => void): () => void {
    this.#wake.add(wake);
    return () => this.#wake.delete(wake);
  }

  #fold(): void {
    const folded = this.#events.splice(0, Math.ceil(this.#keptEvents / 2));
    for (const event of folded)
      if (event.type === "text") {
        this.#foldedText += event.text;
        this.#foldedTokenCount += event.tokenCount;
      }
  }
}

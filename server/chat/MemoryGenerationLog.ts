import type { GenerationEvent } from "../protocol/generation.js";
import { defaultKeptEvents, type GenerationLog, type Journal, type NewGenerationEvent } from "./GenerationLog.js";

/** A log in this process's memory: a ring of entries. Beyond `keptEvents` the older half becomes one snapshot. */
export class MemoryGenerationLog implements GenerationLog {
  readonly #keptEvents: number;
  readonly #journal: Journal | undefined;
  readonly #wake = new Set<() => void>();
  #events: GenerationEvent[] = [];
  /** Text and tokens up to the event before `#events[0]`. */
  #foldedText = "";
  #foldedTokenCount = 0;
  #lastSeq = 0;
  #ended = false;

  constructor(options: { journal?: Journal; keptEvents?: number } = {}) {
    this.#journal = options.journal;
    this.#keptEvents = options.keptEvents ?? defaultKeptEvents;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Somebody is subscribed. */
  get isRead(): boolean {
    return this.#wake.size > 0;
  }

  get text(): string {
    return this.#foldedText + this.#events.map((event) => (event.type === "text" ? event.text : "")).join("");
  }

  append(event: NewGenerationEvent): boolean {
    if (this.#ended) return false;
    const numbered: GenerationEvent = { ...event, seq: this.#lastSeq + 1 };
    void this.#journal?.(numbered);
    this.#take(numbered);
    return true;
  }

  /**
   * Puts a snapshot of another log in the place of everything that was here. Does nothing when this log is as far.
   * Readers whose cursor is before it get it at their next read.
   */
  startFrom(snapshot: GenerationEvent & { type: "snapshot" }): void {
    if (snapshot.seq <= this.#lastSeq) return;
    this.#events = [];
    this.#foldedText = snapshot.text;
    this.#foldedTokenCount = snapshot.tokenCount;
    this.#lastSeq = snapshot.seq;
    for (const wake of [...this.#wake]) wake();
  }

  read(afterSeq: number): GenerationEvent[] {
    const firstSeq = this.#events[0]?.seq ?? this.#lastSeq + 1;
    if (afterSeq >= firstSeq - 1) return this.#events.slice(afterSeq - firstSeq + 1);
    return [
      { seq: firstSeq - 1, type: "snapshot", text: this.#foldedText, tokenCount: this.#foldedTokenCount },
      ...this.#events,
    ];
  }

  subscribe(wake: () => void): () => void {
    this.#wake.add(wake);
    return () => this.#wake.delete(wake);
  }

  #take(numbered: GenerationEvent): void {
    this.#lastSeq = numbered.seq;
    this.#events.push(numbered);
    if (numbered.type === "end") this.#ended = true;
    if (this.#events.length > this.#keptEvents) this.#fold();
    for (const wake of [...this.#wake]) wake();
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

import type { GenerationEvent, GenerationStats, Phase, StopReason } from "../protocol/generation.js";
import type { ErrorInfo } from "../protocol/result.js";
import { CriaError, isErrorInfo } from "./CriaError.js";

/** What a whole generation came to. */
export interface GenerationResult {
  text: string;
  /** Never `error`: a generation that fails throws. */
  stopReason: Exclude<StopReason, "error">;
  stats: GenerationStats | undefined;
}

/** What a reader needs of its client. */
export interface ReaderConnection {
  /** Asks for the log's entries after `afterSeq`; they come by {@link GenerationReader.receive}. */
  follow(generationId: string, afterSeq: number): Promise<void>;
  stop(generationId: string): Promise<void>;
}

/**
 * One generation being read: iterate over it for the pieces of its text, or await `result`. It follows the server's log by a
 * cursor, so a lost connection costs nothing: what was missed comes when the connection is back, each piece once.
 * A generation that fails throws a {@link CriaError} whose `text` is what had come.
 */
export class GenerationReader implements AsyncIterable<string> {
  /** Known once the server has taken the request. */
  readonly id: Promise<string>;
  /** Resolves at the end; rejects with a CriaError. */
  readonly result: Promise<GenerationResult>;
  readonly #connection: ReaderConnection;
  readonly #onPhase: ((phase: Phase) => void) | undefined;
  readonly #wake = new Set<() => void>();
  #id: string | undefined;
  #cursor: number;
  #text = "";
  #ended: { result: GenerationResult } | { error: CriaError } | undefined;
  #resolve: (result: GenerationResult) => void = () => {};
  #reject: (error: CriaError) => void = () => {};

  /** `id`: the generation, or the promise of the one that is being started. `afterSeq`: where to begin; 0 is the beginning. */
  constructor(
    id: string | Promise<string>,
    connection: ReaderConnection,
    options: { afterSeq?: number | undefined; onPhase?: ((phase: Phase) => void) | undefined } = {},
  ) {
    this.#connection = connection;
    this.#cursor = options.afterSeq ?? 0;
    this.#onPhase = options.onPhase;
    this.id = Promise.resolve(id);
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Who only iterates gets the error there.
    this.result.catch(() => {});
  }

  /** The text so far; from the cursor on when the reading began in the middle. */
  get text(): string {
    return this.#text;
  }

  /** The last entry that came: read on from here with `follow(id, { afterSeq })`. */
  get seq(): number {
    return this.#cursor;
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Ends the generation where it stands; what has come stays. Resolves when the server has taken it. */
  async stop(): Promise<void> {
    if (this.#ended !== undefined) return;
    await this.#connection.stop(await this.id);
  }

  /** Yields what is new of the text, as it comes. Leaving the loop early stops the generation. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    let shown = 0;
    try {
      for (;;) {
        if (this.#text.length > shown) {
          const piece = this.#text.slice(shown);
          shown = this.#text.length;
          yield piece;
        } else if (this.#ended !== undefined) {
          if ("error" in this.#ended) throw this.#ended.error;
          return;
        } else await new Promise<void>((resolve) => this.#wake.add(resolve));
      }
    } finally {
      // An error on the way to stopping has nobody left to hear it.
      if (this.#ended === undefined) void this.stop().catch(() => {});
    }
  }

  /** Begins, or after a lost connection goes on. */
  async follow(): Promise<void> {
    if (this.#ended !== undefined) return;
    try {
      this.#id = await this.id;
      await this.#connection.follow(this.#id, this.#cursor);
    } catch (error) {
      if (error instanceof CriaError && error.code === "generation_not_found" && this.#cursor > 0)
        this.fail({
          code: "generation_not_found",
          message:
            "The server no longer has this generation: it was started again meanwhile, or the reply ended long ago.",
          hint: "The text so far is in `text`. Ask again for a whole one.",
        });
      else this.fail(error);
    }
  }

  /** Takes entries of the log. What has come already is passed over; where one is missing, all from there is asked for again. */
  receive(generationId: string, events: readonly GenerationEvent[]): void {
    if (generationId !== this.#id || this.#ended !== undefined) return;
    for (const event of events) {
      if (event.seq <= this.#cursor) continue;
      if (event.seq > this.#cursor + 1 && event.type !== "snapshot") {
        void this.follow();
        break;
      }
      this.#cursor = event.seq;
      this.#take(event);
    }
    this.#wakeAll();
  }

  /** Ends the reading with an error; the text so far goes with it. */
  fail(error: unknown): void {
    if (this.#ended !== undefined) return;
    const info: ErrorInfo =
      error instanceof CriaError || isErrorInfo(error)
        ? {
            code: error.code,
            message: error.message,
            ...(error.hint === undefined ? {} : { hint: error.hint }),
            ...(error.field === undefined ? {} : { field: error.field }),
          }
        : { code: "internal", message: String(error) };
    const known = new CriaError(info, this.#text);
    this.#ended = { error: known };
    this.#reject(known);
    this.#wakeAll();
  }

  #take(event: GenerationEvent): void {
    if (event.type === "text") this.#text += event.text;
    else if (event.type === "snapshot") this.#text = event.text;
    else if (event.type === "phase") this.#onPhase?.(event.phase);
    else if (event.stopReason === "error")
      this.fail(event.error ?? { code: "generation_failed", message: "The generation failed." });
    else {
      const result = { text: this.#text, stopReason: event.stopReason, stats: event.stats };
      this.#ended = { result };
      this.#resolve(result);
    }
  }

  #wakeAll(): void {
    for (const wake of this.#wake) wake();
    this.#wake.clear();
  }
}

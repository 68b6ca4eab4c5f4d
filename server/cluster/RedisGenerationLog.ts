import { setTimeout as wait } from "node:timers/promises";
import { defaultKeptEvents, type GenerationLog, type Journal, type NewGenerationEvent } from "../chat/GenerationLog.js";
import { MemoryGenerationLog } from "../chat/MemoryGenerationLog.js";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import type { GenerationEvent } from "../protocol/generation.js";
import type { Appended, GenerationFacts, GenerationStreams, StoredLog } from "./GenerationStreams.js";
import { untilReady } from "./openRedis.js";

/** Entries that go out in one command. */
const batchLength = 256;
/** More entries than this do not wait for Redis one by one. */
const defaultMostWaiting = 4096;

export interface RedisLogOptions {
  journal?: Journal | undefined;
  keptEvents?: number | undefined;
  mostWaiting?: number;
  /** A log that was begun elsewhere and is taken over: it goes on after its last entry. */
  from?: StoredLog;
  /** Called when another node has taken the log over: what that one writes is to be put into `shown`. */
  follow(id: string, shown: MemoryGenerationLog): Promise<void>;
}

/**
 * The log of a generation that is made here, kept in Redis so that every node can read it. What is appended waits in this process
 * until Redis has it; only then readers are woken. One command per log is under way at a time, with all that came in the meantime,
 * so a slow Redis makes bigger batches. While Redis is away what comes is kept and put together, and goes out when it is back.
 */
export class RedisGenerationLog implements GenerationLog {
  readonly #id: string;
  readonly #facts: GenerationFacts;
  readonly #streams: GenerationStreams;
  readonly #logger: Logger;
  readonly #journal: Journal | undefined;
  readonly #keptEvents: number;
  readonly #mostWaiting: number;
  readonly #follow: RedisLogOptions["follow"];
  readonly #taken = new AbortController();
  /** What Redis has: all that readers see. */
  readonly #shown: MemoryGenerationLog;
  /** Not numbered yet, so that it can still be put together. */
  #waiting: NewGenerationEvent[] = [];
  /** The record is in Redis. */
  #begun: boolean;
  readonly begun: Promise<void>;
  #tellBegun: () => void = () => {};
  #closed = false;
  #storing = false;
  #foldedSeq = 0;

  constructor(
    id: string,
    facts: GenerationFacts,
    streams: GenerationStreams,
    options: RedisLogOptions,
    logger: Logger,
  ) {
    this.#id = id;
    this.#facts = facts;
    this.#streams = streams;
    this.#logger = logger;
    this.#journal = options.journal;
    this.#keptEvents = options.keptEvents ?? defaultKeptEvents;
    this.#mostWaiting = options.mostWaiting ?? defaultMostWaiting;
    this.#follow = options.follow;
    this.#shown = new MemoryGenerationLog({ keptEvents: this.#keptEvents });
    this.#begun = options.from !== undefined;
    this.begun = new Promise((resolve) => {
      this.#tellBegun = resolve;
    });
    for (const event of options.from?.events ?? []) this.#show(event);
    this.#foldedSeq = options.from?.events[0]?.type === "snapshot" ? options.from.events[0].seq : 0;
    // Others may ask for it before there is anything to read.
    void this.#storeAll();
  }

  get lastSeq(): number {
    return this.#shown.lastSeq;
  }

  get ended(): boolean {
    return this.#shown.ended;
  }

  get text(): string {
    return this.#shown.text;
  }

  get taken(): AbortSignal {
    return this.#taken.signal;
  }

  append(event: NewGenerationEvent): boolean {
    if (this.#closed) return false;
    if (event.type === "end") this.#closed = true;
    this.#waiting.push(event);
    if (this.#waiting.length > this.#mostWaiting) this.#waiting = putTogether(this.#waiting);
    if (!this.#storing) void this.#storeAll();
    return true;
  }

  read(afterSeq: number): GenerationEvent[] {
    return this.#shown.read(afterSeq);
  }

  subscribe(wake: () => void): () => void {
    return this.#shown.subscribe(wake);
  }

  async #storeAll(): Promise<void> {
    this.#storing = true;
    try {
      if (!this.#begun && !(await this.#withRedis(() => this.#begin()))) return await this.#giveUp();
      this.#tellBegun();
      while (this.#waiting.length > 0) {
        const batch = this.#nextBatch();
        if (batch[0]?.type === "end" && !(await this.#isOurs())) return await this.#giveUp();
        for (const event of batch) await this.#journal?.(event);
        if (!(await this.#store(batch))) return await this.#giveUp();
        for (const event of batch) this.#show(event);
        if (this.#shown.lastSeq - this.#foldedSeq > this.#keptEvents) await this.#fold();
      }
    } catch (error) {
      // The connection was closed for good: this node is shutting down.
      this.#closed = true;
      this.#logger.warn({ generationId: this.#id, error: String(error) }, "a log in Redis was left unfinished");
      const { code, message } = new AppError("server_closing", "The server is shutting down.");
      if (!this.#shown.ended) this.#shown.append({ type: "end", stopReason: "error", error: { code, message } });
    } finally {
      this.#storing = false;
      this.#tellBegun();
    }
  }

  /** The end goes by itself: it is stored with its message first, when everything before it is safe. */
  #nextBatch(): GenerationEvent[] {
    const firstSeq = this.#shown.lastSeq + 1;
    const end = this.#waiting.findIndex(({ type }) => type === "end");
    const length = end > 0 ? Math.min(end, batchLength) : batchLength;
    return this.#waiting.splice(0, length).map((event, index) => ({ ...event, seq: firstSeq + index }));
  }

  async #isOurs(): Promise<boolean> {
    if (!this.#begun) return true;
    const nodeId = await this.#withRedis(() => this.#streams.nodeOf(this.#id));
    return nodeId === undefined || nodeId === this.#streams.nodeId;
  }

  /** Until Redis has it. False when the log is another node's now. */
  async #store(batch: GenerationEvent[]): Promise<boolean> {
    for (;;) {
      const appended = await this.#withRedis(() => this.#tryToStore(batch));
      switch (appended.type) {
        case "stored":
          return true;
        case "taken":
          return false;
        case "behind":
          await this.#storeAgain(appended.last);
          break;
        case "lost":
          this.#begun = false;
          this.#foldedSeq = 0;
          await this.#storeAgain(0);
          break;
        default:
          appended satisfies never;
      }
    }
  }

  /** False when another node has it. */
  async #begin(): Promise<boolean> {
    this.#begun = await this.#streams.begin(this.#id, this.#facts);
    return this.#begun;
  }

  async #tryToStore(batch: GenerationEvent[]): Promise<Appended> {
    if (!this.#begun && !(await this.#begin())) return { type: "taken" };
    return this.#streams.append(this.#id, this.#facts, batch);
  }

  /** Redis has lost entries that it had: it gets them from here once more. */
  async #storeAgain(afterSeq: number): Promise<void> {
    this.#logger.warn({ generationId: this.#id, afterSeq }, "Redis has lost entries of a log: they are stored again");
    await this.#withRedis(async () => {
      if (!this.#begun) await this.#begin();
      const events = this.#shown.read(afterSeq);
      const [first] = events;
      if (first?.type === "snapshot") {
        await this.#streams.fold(this.#id, first);
        events.shift();
      }
      for (let index = 0; index < events.length; index += batchLength)
        await this.#streams.append(this.#id, this.#facts, events.slice(index, index + batchLength));
    });
  }

  /** Entries that are no longer kept one by one leave the stream too. */
  async #fold(): Promise<void> {
    const [first] = this.#shown.read(0);
    if (first?.type !== "snapshot") return;
    await this.#withRedis(() => this.#streams.fold(this.#id, first));
    this.#foldedSeq = first.seq;
  }

  /** Another node has taken this log over, since nobody has heard of this one for long: what it writes is what counts. */
  async #giveUp(): Promise<void> {
    this.#closed = true;
    this.#waiting = [];
    this.#logger.warn({ generationId: this.#id }, "another node has taken a reply over");
    this.#taken.abort();
    await this.#withRedis(() => this.#follow(this.#id, this.#shown));
  }

  #show(event: GenerationEvent): void {
    if (event.type === "snapshot") this.#shown.startFrom(event);
    else if (event.seq > this.#shown.lastSeq) this.#shown.append(event);
  }

  /** Again and again until Redis takes it; rejects when the connection was closed for good. */
  async #withRedis<T>(work: () => Promise<T>): Promise<T> {
    for (let waitMs = 10; ; waitMs = Math.min(2 * waitMs, 1_000)) {
      await untilReady(this.#streams.redis);
      try {
        return await work();
      } catch (error) {
        this.#logger.debug({ generationId: this.#id, error: String(error) }, "Redis did not take a part of a log");
        await wait(waitMs);
      }
    }
  }
}

/** Pieces of text one after the other become one, and of phases the last one stays: nobody has seen them yet. */
function putTogether(events: readonly NewGenerationEvent[]): NewGenerationEvent[] {
  const together: NewGenerationEvent[] = [];
  for (const event of events) {
    const last = together.at(-1);
    // What counts no tokens is the text that a reply was begun with.
    if (last?.type === "text" && event.type === "text" && last.tokenCount > 0)
      together[together.length - 1] = {
        type: "text",
        text: last.text + event.text,
        tokenCount: last.tokenCount + event.tokenCount,
        ...(last.tokens === undefined && event.tokens === undefined
          ? {}
          : { tokens: [...(last.tokens ?? []), ...(event.tokens ?? [])] }),
      };
    else if (last?.type === "phase" && event.type === "phase") together[together.length - 1] = event;
    else together.push(event);
  }
  return together;
}

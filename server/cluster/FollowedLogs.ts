import type { ReadableLog } from "../chat/GenerationLog.js";
import { MemoryGenerationLog } from "../chat/MemoryGenerationLog.js";
import type { Logger } from "../platform/logger.js";
import type { GenerationEvent } from "../protocol/generation.js";
import { type GenerationFacts, type GenerationStreams, readEvents } from "./GenerationStreams.js";
import { keys } from "./keys.js";
import { type Redis, untilReady } from "./openRedis.js";

/** A log that nobody here reads any more is followed for this long yet, for a page that reloads. */
const keptUnreadMs = 30_000;

/** A log that another node writes, as it is seen from here. */
export interface FollowedLog {
  id: string;
  facts: GenerationFacts;
  log: ReadableLog;
}

/** One stream's copy in this node's memory; every reader here shares it. */
class LogCopy {
  readonly id: string;
  readonly shown: MemoryGenerationLog;
  readonly #streams: GenerationStreams;
  readonly #onEnd: () => void;
  facts: GenerationFacts | undefined;
  #loading: Promise<void> | undefined;
  #again = false;

  constructor(id: string, shown: MemoryGenerationLog, streams: GenerationStreams, onEnd: () => void) {
    this.id = id;
    this.shown = shown;
    this.#streams = streams;
    this.#onEnd = onEnd;
  }

  /** Takes what is missing here from the stream. One load at a time; whoever asks meanwhile waits for the one after it. */
  catchUp(): Promise<void> {
    if (this.#loading !== undefined) {
      this.#again = true;
      return this.#loading;
    }
    this.#loading = this.#load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  /** News came: entries that follow on are taken, a gap is filled from the stream. */
  take(events: readonly GenerationEvent[], onFailure: (error: unknown) => void): void {
    const [first] = events;
    if (first === undefined) return;
    if (this.#loading !== undefined || first.seq > this.shown.lastSeq + 1) this.catchUp().catch(onFailure);
    else this.#show(events);
  }

  async #load(): Promise<void> {
    do {
      this.#again = false;
      const stored = await this.#streams.load(this.id, this.shown.lastSeq);
      this.facts ??= stored?.facts;
      this.#show(stored?.events ?? []);
    } while (this.#again);
  }

  #show(events: readonly GenerationEvent[]): void {
    for (const event of events)
      if (event.type === "snapshot") this.shown.startFrom(event);
      else if (event.seq === this.shown.lastSeq + 1) this.shown.append(event);
    if (this.shown.ended) this.#onEnd();
  }
}

/**
 * Logs that other nodes write, for readers here: one subscription each, however many read. News comes with its entries, so that a
 * token on its way costs no question; the stream is asked at the beginning, after a lost connection, and where one is missing.
 */
export class FollowedLogs {
  readonly #streams: GenerationStreams;
  readonly #subscriber: Redis;
  readonly #logger: Logger;
  /** By channel. */
  readonly #copies = new Map<string, LogCopy>();
  readonly #opening = new Map<string, Promise<LogCopy>>();
  readonly #unread = new Map<string, NodeJS.Timeout>();

  /** `subscriber`: a connection that does nothing else; it is subscribed anew here whenever it comes back. */
  constructor(streams: GenerationStreams, subscriber: Redis, logger: Logger) {
    this.#streams = streams;
    this.#subscriber = subscriber;
    this.#logger = logger;
    subscriber.on("message", (channel: string, text: string) => this.#receive(channel, text));
    subscriber.on("ready", () => void this.#resubscribe());
  }

  /** Undefined when there is no such log. Rejects while Redis is away. `keptEvents`: if it is new here. */
  async open(id: string, keptEvents?: number): Promise<FollowedLog | undefined> {
    const channel = keys.logNews(id);
    let opening = this.#opening.get(channel);
    if (opening === undefined) {
      opening = this.#open(id, new MemoryGenerationLog(keptEvents === undefined ? {} : { keptEvents })).finally(() =>
        this.#opening.delete(channel),
      );
      this.#opening.set(channel, opening);
    }
    const copy = await opening;
    if (copy.facts === undefined) return undefined;
    this.#forgetLater(channel);
    return { id, facts: copy.facts, log: copy.shown };
  }

  /** Puts what the stream has, and gets from now on, into a log that was written here before. */
  async into(id: string, shown: MemoryGenerationLog): Promise<void> {
    await this.#open(id, shown);
  }

  async #open(id: string, shown: MemoryGenerationLog): Promise<LogCopy> {
    const channel = keys.logNews(id);
    const known = this.#copies.get(channel);
    if (known !== undefined) return known;
    const copy = new LogCopy(id, shown, this.#streams, () => this.#leave(channel));
    this.#copies.set(channel, copy);
    try {
      await this.#subscriber.subscribe(channel);
      await copy.catchUp();
    } catch (error) {
      this.#leave(channel);
      throw error;
    }
    if (copy.facts === undefined) this.#leave(channel);
    return copy;
  }

  #receive(channel: string, text: string): void {
    const copy = this.#copies.get(channel);
    if (copy === undefined) return;
    try {
      copy.take(readEvents(text), this.#failed);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** What was published while the connection was away is in the streams. */
  async #resubscribe(): Promise<void> {
    const channels = [...this.#copies.keys()];
    if (channels.length === 0) return;
    try {
      await this.#subscriber.subscribe(...channels);
      await untilReady(this.#streams.redis);
      await Promise.all([...this.#copies.values()].map((copy) => copy.catchUp()));
    } catch (error) {
      this.#failed(error);
      // A connection that is lost again comes back here by itself.
      if (this.#subscriber.status === "ready") setTimeout(() => void this.#resubscribe(), 100).unref();
    }
  }

  /** A copy that nobody reads goes; who reads keeps it by being subscribed to its log. */
  #forgetLater(channel: string): void {
    clearTimeout(this.#unread.get(channel));
    const timer = setTimeout(() => {
      const copy = this.#copies.get(channel);
      if (copy?.shown.isRead === true) this.#forgetLater(channel);
      else this.#leave(channel);
    }, keptUnreadMs);
    timer.unref();
    this.#unread.set(channel, timer);
  }

  #leave(channel: string): void {
    clearTimeout(this.#unread.get(channel));
    this.#unread.delete(channel);
    if (this.#copies.delete(channel)) this.#subscriber.unsubscribe(channel).catch(() => {});
  }

  readonly #failed = (error: unknown): void => {
    this.#logger.warn({ error: String(error) }, "a log of another node could not be followed");
  };
}

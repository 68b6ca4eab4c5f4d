import type { Principal } from "../access/Principal.js";
import type { Overflow } from "../protocol/conversation.js";
import type { GenerationEvent } from "../protocol/generation.js";
import type { Sampling } from "../protocol/sampling.js";

/** An event before the log has numbered it. */
export type NewGenerationEvent = GenerationEvent extends infer Event
  ? Event extends GenerationEvent
    ? Event["type"] extends "snapshot"
      ? never
      : Omit<Event, "seq">
    : never
  : never;

/** What readers have of a generation's log. Reading waits for nothing: what a reader was woken for is there. */
export interface ReadableLog {
  /** The newest entry that can be read; 0 before the first. */
  readonly lastSeq: number;
  /** The end can be read: nothing follows it. */
  readonly ended: boolean;
  /** All text that can be read. */
  readonly text: string;
  /** What comes after `afterSeq`, in order; a snapshot first when those entries are no longer kept. */
  read(afterSeq: number): GenerationEvent[];
  /** Calls `wake` whenever there is more to read. Returns how to end that. */
  subscribe(wake: () => void): () => void;
}

/**
 * The numbered log of one generation, and the centre of it all: the worker's output is appended, any number of readers
 * replay from their cursor and follow on. A reader that leaves changes nothing, and memory is bounded. Kept in this process's memory
 * (`MemoryGenerationLog`) or, with several nodes, in a Redis stream (`RedisGenerationLog`).
 */
export interface GenerationLog extends ReadableLog {
  /** Numbers and stores the event; readers are woken once that is done. After the end nothing is taken any more: returns false. */
  append(event: NewGenerationEvent): boolean;
  /** Resolves when everyone who may read it can find it; left out: at once. */
  readonly begun?: Promise<void>;
  /** Aborted when another node has taken the log over, because this one seemed dead: nothing is taken here any more. */
  readonly taken?: AbortSignal;
}

/**
 * Sees every event before any reader does: what a reader was shown has been stored. What it throws at a text reaches whoever appended
 * that, and the text is not taken; it may not throw at the end. A promise tells when the end is stored, if that takes a while.
 */
export type Journal = (event: GenerationEvent) => void | Promise<void>;

/** What somebody else needs to know to go on with a reply in a stored chat. */
export interface ReplyFacts {
  conversationId: string;
  messageId: string;
  sampling?: Sampling | undefined;
  overflow?: Overflow | undefined;
}

/** A log that is to be begun. */
export interface NewLog {
  /** The generation's. */
  id: string;
  modelId: string;
  by: Principal;
  reply?: ReplyFacts | undefined;
  journal?: Journal | undefined;
}

/** Where the logs of this process are kept. */
export type OpenLog = (log: NewLog) => GenerationLog;

/** Entries that a log keeps one by one; older ones are folded into a snapshot. */
export const defaultKeptEvents = 4096;

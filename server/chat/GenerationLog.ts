import type { GenerationEvent } from "../protocol/generation.js";

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
 * (`MemoryGenerationLog`).
 */
export interface GenerationLog extends ReadableLog {
  /** Numbers and stores the event; readers are woken once that is done. After the end nothing is taken any more: returns false. */
  append(event: NewGenerationEvent): boolean;
}

/**
 * Sees every event before any reader does: what a reader was shown has been stored. What it throws at a text reaches whoever appended
 * that, and the text is not taken; it may not throw at the end. A promise tells when the end is stored, if that takes a while.
 */
export type Journal = (event: GenerationEvent) => void | Promise<void>;

/** Entries that a log keeps one by one; older ones are folded into a snapshot. */
export const defaultKeptEvents = 4096;

import fc from "fast-check";
import { mostTokens } from "./LoneWriter.js";

export const conversationCount = 8;

/** Somebody does something once so many pieces of all replies have come since the one before, or nothing is under way. */
export interface LaneAction {
  readonly kind: "new" | "again" | "edit" | "tooLong" | "foreign" | "forget" | "park";
  readonly afterPieces: number;
  readonly conversation: number;
  /** Which subject, and where an earlier message is edited. */
  readonly detail: number;
  readonly maxTokens: number;
  /** Stopped after so many of its own signs of life: a place in the queue, a slice that was read, a piece of text. */
  readonly stopAfter: number | undefined;
  readonly background: boolean;
  readonly contextShift: boolean;
  readonly cachePrompt: boolean;
}

export const laneAction: fc.Arbitrary<LaneAction> = fc.record({
  kind: fc.constantFrom(
    "new",
    "new",
    "new",
    "new",
    "again",
    "again",
    "edit",
    "edit",
    "tooLong",
    "foreign",
    "forget",
    "park",
  ),
  afterPieces: fc.constantFrom(0, 0, 0, 1, 2, 5, 20),
  conversation: fc.nat(conversationCount - 1),
  detail: fc.nat(1000),
  maxTokens: fc.integer({ min: 1, max: mostTokens }),
  stopAfter: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(25) }),
  background: fc.boolean(),
  contextShift: fc.boolean(),
  cachePrompt: fc.constantFrom(true, true, true, false),
});

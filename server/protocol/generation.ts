import { z } from "zod";
import { errorInfoSchema } from "./result.js";

export const generationIdSchema = z.string().min(1).max(64);

/**
 * Why a reply ended. `end`: the model said so. `stopString`: one of the stop strings came. `length`: `maxTokens` reached.
 * `context`: the context is full. `stopped`: somebody pressed Stop. `error`: it failed; the text so far is kept.
 */
export const stopReasonSchema = z.enum(["end", "stopString", "length", "context", "stopped", "error"]);
export type StopReason = z.infer<typeof stopReasonSchema>;

/** `watched`: somebody looks at the reply. `background`: served when nobody waits who watches. */
export const prioritySchema = z.enum(["watched", "background"]);
export type Priority = z.infer<typeof prioritySchema>;

/** Figures of one generation. Durations exclude the time in the queue unless the name says otherwise. */
export const generationStatsSchema = z.object({
  /** Tokens of the whole prompt, those found in the KV cache included. */
  promptTokens: z.number(),
  /** Prompt tokens that were in the KV cache already. */
  cachedTokens: z.number(),
  generatedTokens: z.number(),
  contextTokens: z.number(),
  /** Reading the prompt, until the first token could be sampled. */
  promptEvalMs: z.number(),
  /** From the first sampled token to the last. */
  generationMs: z.number(),
  /** Time to first token: from the request's arrival, queue and loading included. */
  ttftMs: z.number(),
  tokensPerSecond: z.number(),
  /** Tokens that were dropped because the context was full and the request wanted to go on; left out: none. */
  droppedTokens: z.number().optional(),
  /** Tokens that were guessed ahead, and how many of them the model chose itself; left out: nothing was guessed. */
  guessedTokens: z.number().optional(),
  acceptedTokens: z.number().optional(),
  /** The seed that was used: the same seed with the same prompt gives the same text. */
  seed: z.number(),
});
export type GenerationStats = z.infer<typeof generationStatsSchema>;

/** What a generation is doing before its first token. */
export const phaseSchema = z.discriminatedUnion("phase", [
  /** `position` 1 is the next one. */
  z.object({ phase: z.literal("queued"), position: z.number() }),
  /** The oldest messages no longer fit: the model puts them into a few sentences first. */
  z.object({ phase: z.literal("summarising"), tokenCount: z.number() }),
  /** `progress` is 0 to 1. */
  z.object({ phase: z.literal("loading"), progress: z.number() }),
  z.object({ phase: z.literal("reading"), evaluatedTokens: z.number(), promptTokens: z.number() }),
  z.object({ phase: z.literal("answering") }),
]);
export type Phase = z.infer<typeof phaseSchema>;

/** A token and how probable it was, from 0 to 1, among those that the sampling left to choose from. */
export const tokenChoiceSchema = z.object({ id: z.int(), text: z.string(), probability: z.number() });

/** One generated token, looked at closely. */
export const tokenDetailSchema = tokenChoiceSchema.extend({
  /** The token's bytes, where they are not whole characters: `text` has U+FFFD then. */
  bytes: z.array(z.int()).optional(),
  /** The most probable tokens in its place, the most probable one first. */
  top: z.array(tokenChoiceSchema.extend({ bytes: z.array(z.int()).optional() })),
});
export type TokenDetail = z.infer<typeof tokenDetailSchema>;

/**
 * One entry of a generation's log. `seq` rises by one from 1 on. A reader that has seen up to `seq` n asks for what comes
 * after n. `snapshot` stands for everything up to its `seq` and replaces the text: a reader gets it when the log no longer holds
 * the entries it asks for.
 */
export const generationEventSchema = z.discriminatedUnion("type", [
  z.object({ seq: z.int(), type: z.literal("phase"), phase: phaseSchema }),
  /** `tokenCount` tokens gave this text; held-back tokens (half a character, half a stop string) count with the piece that shows them. */
  z.object({
    seq: z.int(),
    type: z.literal("text"),
    text: z.string(),
    tokenCount: z.int(),
    /** The tokens of this piece, when the request asked for `alternatives`. */
    tokens: z.array(tokenDetailSchema).optional(),
  }),
  z.object({ seq: z.int(), type: z.literal("snapshot"), text: z.string(), tokenCount: z.int() }),
  z.object({
    seq: z.int(),
    type: z.literal("end"),
    stopReason: stopReasonSchema,
    stats: generationStatsSchema.optional(),
    error: errorInfoSchema.optional(),
  }),
]);
export type GenerationEvent = z.infer<typeof generationEventSchema>;

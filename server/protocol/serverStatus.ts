import { z } from "zod";
import { modelIdSchema } from "./model.js";

/** A generation that runs or waits. It has a number of its own: its id would let whoever sees it read along. */
export const liveGenerationSchema = z.object({
  number: z.int(),
  modelId: modelIdSchema,
  /** The sequence of the KV cache that it runs in. */
  lane: z.int().optional(),
  /** `starting`: it has not been heard of yet. */
  phase: z.enum(["starting", "loading", "queued", "summarising", "reading", "answering"]),
  /** 1 is next; while it is queued. */
  position: z.int().optional(),
  promptTokens: z.int().optional(),
  /** Of the prompt, so far. */
  evaluatedTokens: z.int().optional(),
  generatedTokens: z.int(),
  /** Over the last second or so. */
  tokensPerSecond: z.number(),
  /** Since it was asked for. */
  ageMs: z.number(),
});
export type LiveGeneration = z.infer<typeof liveGenerationSchema>;

const quantilesSchema = z.object({ p50: z.number(), p95: z.number() });

/** A model in memory. What its worker says of itself is left out when it was too busy to answer. */
export const liveModelSchema = z.object({
  modelId: modelIdSchema,
  processId: z.int().optional(),
  threads: z.int().optional(),
  /** What it was estimated to take before it was loaded, in bytes. */
  plan: z.object({ weightsBytes: z.number(), kvCacheBytes: z.number(), restBytes: z.number() }).optional(),
  residentBytes: z.number().optional(),
  /** Sequences of the KV cache by id: the number of the generation in it, and the tokens that its cache holds. */
  lanes: z.array(z.object({ generation: z.int().optional(), heldTokens: z.int() })).optional(),
  /** Generations that wait for a lane. */
  waiting: z.int().optional(),
  /** How many batches decoded that many sequences at once, since it was loaded. */
  batches: z.array(z.object({ sequences: z.int(), count: z.int() })).optional(),
});
export type LiveModel = z.infer<typeof liveModelSchema>;

/** `GET /api/slots`: what goes on now, without a word of what is said. */
export const serverStatusSchema = z.object({
  version: z.string(),
  uptimeMs: z.number(),
  generations: z.array(liveGenerationSchema),
  models: z.array(liveModelSchema),
  /** Open connections of pages and clients. */
  sockets: z.int(),
  /** Of the last 100 replies: the time to the first token. Of the last 1,000 tokens: the time since the one before. */
  recent: z.object({ ttftMs: quantilesSchema.optional(), gapMs: quantilesSchema.optional() }),
  /** Since the server started. `cachedTokens`: of those of prompts, found in the KV cache. */
  totals: z.object({
    promptTokens: z.int(),
    cachedTokens: z.int(),
    generatedTokens: z.int(),
    workerStarts: z.int(),
    /** Model processes that died by themselves. */
    workerDeaths: z.int(),
  }),
  server: z.object({
    residentBytes: z.number(),
    /** How late the server's event loop was since the last look, in milliseconds. */
    eventLoopDelayMs: z.object({ p50: z.number(), p99: z.number(), max: z.number() }),
  }),
});
export type ServerStatus = z.infer<typeof serverStatusSchema>;

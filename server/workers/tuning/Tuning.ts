import { z } from "zod";
import { kvCacheTypeSchema } from "../../protocol/loadSettings.js";

/**
 * Where the weights are while a model is in memory: `mapped` from the file (pages that the engine has repacked can be dropped), `copied`
 * into memory of the process, or mapped and `locked` so that the system never puts them out.
 */
export const weightsPlaces = ["mapped", "copied", "locked"] as const;

/** Guessing ahead from what was said before: prompt lookup. */
const speculationSchema = z.object({
  /** Tokens that are guessed at once. */
  draftTokens: z.int().min(1).max(64),
  /** So many of them have to be right on the average for it to be faster than without. */
  breakEvenTokens: z.number().min(0),
});
export type Speculation = z.infer<typeof speculationSchema>;

/** A small model that writes guesses for another. */
const tunedDraftSchema = z.object({
  modelId: z.string(),
  /** As they were when it was measured. */
  weights: z.object({ sizeBytes: z.number(), modifiedMs: z.number() }),
  /** Tokens that it writes at once at the most. */
  guessTokens: z.int().min(1).max(64),
  /** How many times as fast the model wrote with it; left out: not measured yet. */
  gain: z.number().min(0).optional(),
});
export type TunedDraft = z.infer<typeof tunedDraftSchema>;

/** How a model is held, as far as measuring can tell what is best. */
export const engineSettingsSchema = z.object({
  /** The most threads while replies are written. */
  threads: z.int().min(1).max(1024),
  /** The most threads while prompts are read. */
  batchThreads: z.int().min(1).max(1024),
  /** `auto`: on where it is fast. */
  flashAttention: z.enum(["auto", "off", "on"]),
  kvCacheType: kvCacheTypeSchema,
  weightsIn: z.enum(weightsPlaces),
  /** Left out: nothing is guessed. */
  speculation: speculationSchema.optional(),
  /** Left out: no draft. */
  draft: tunedDraftSchema.optional(),
});
export type EngineSettings = z.infer<typeof engineSettingsSchema>;

const speedSchema = z.object({
  /** Tokens of a prompt per second. */
  readPerSecond: z.number().min(0),
  /** Tokens of a reply per second, one reply at a time. */
  writePerSecond: z.number().min(0),
  /** From the start of the process to a model that is ready. */
  loadMs: z.number().min(0),
});
export type Speed = z.infer<typeof speedSchema>;

/** What `cria tune` found for one model on one machine. It counts only there, and only for the very weights that it was measured with. */
export const tuningSchema = z.object({
  tuningVersion: z.literal(1),
  modelId: z.string(),
  weights: z.object({ sizeBytes: z.number(), modifiedMs: z.number() }),
  machine: z.object({ processor: z.string(), cores: z.int() }),
  tunedAt: z.string(),
  settings: engineSettingsSchema,
  /** Without and with the settings. */
  before: speedSchema,
  after: speedSchema,
});
export type Tuning = z.infer<typeof tuningSchema>;

import { z } from "zod";

/** Limits and defaults of every sampling parameter: the one table that the page, the APIs and the docs read. */
export const samplingLimits = {
  temperature: { min: 0, max: 5, default: 0.8 },
  topK: { min: 0, max: 100_000, default: 40 },
  topP: { min: 0, max: 1, default: 0.95 },
  minP: { min: 0, max: 1, default: 0.05 },
  repeatPenalty: { min: 0.01, max: 10, default: 1.1 },
  repeatLastTokens: { min: 0, max: 4096, default: 64 },
  presencePenalty: { min: -2, max: 2, default: 0 },
  frequencyPenalty: { min: -2, max: 2, default: 0 },
  maxTokens: { min: 1, max: 1_000_000, default: 1024 },
  seed: { min: 0, max: 0xffff_ffff },
} as const;

/** Stop strings: how many and how long each may be, in UTF-16 units. */
export const stopLimits = { count: 16, length: 256 } as const;

const ranged = (limits: { min: number; max: number }) => z.number().min(limits.min).max(limits.max);
const rangedInteger = (limits: { min: number; max: number }) => z.int().min(limits.min).max(limits.max);

/**
 * How the next token is chosen. Every field may be left out: the model's own default counts then, or else the table's.
 * `temperature: 0` is greedy. `topK: 0`, `topP: 1`, `minP: 0`, `repeatPenalty: 1` and `repeatLastTokens: 0` switch their step off.
 */
export const samplingSchema = z.object({
  temperature: ranged(samplingLimits.temperature).optional(),
  topK: rangedInteger(samplingLimits.topK).optional(),
  topP: ranged(samplingLimits.topP).optional(),
  minP: ranged(samplingLimits.minP).optional(),
  repeatPenalty: ranged(samplingLimits.repeatPenalty).optional(),
  repeatLastTokens: rangedInteger(samplingLimits.repeatLastTokens).optional(),
  presencePenalty: ranged(samplingLimits.presencePenalty).optional(),
  frequencyPenalty: ranged(samplingLimits.frequencyPenalty).optional(),
  /** The most tokens a reply may have; the context's end always bounds it too. */
  maxTokens: rangedInteger(samplingLimits.maxTokens).optional(),
  /** Left out: a random one, which the reply's stats report. */
  seed: rangedInteger(samplingLimits.seed).optional(),
  stop: z.array(z.string().min(1).max(stopLimits.length)).max(stopLimits.count).optional(),
  /** Do not end at the model's end-of-sequence token. */
  ignoreEos: z.boolean().optional(),
});
export type Sampling = z.infer<typeof samplingSchema>;

/** Sampling with every field set. */
export type FullSampling = { [Key in keyof Sampling]-?: NonNullable<Sampling[Key]> };

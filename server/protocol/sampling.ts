import { z } from "zod";
import { jsonLength } from "./jsonSize.js";
import { samplingLimits, stopLimits } from "./samplingLimits.js";

/** Logit biases: how many, their size, and the longest text that stands for its tokens. At -100 a token never comes. */
export const biasLimits = { count: 1024, min: -100, max: 100, textLength: 256 } as const;

/** The longest grammar or JSON schema (as text), in UTF-16 units. */
export const maxGrammarLength = 65_536;

const biasSchema = z.object({
  /** A token's number, or a text: then each token of the text gets the bias. */
  token: z.union([z.int().min(0), z.string().min(1).max(biasLimits.textLength)]),
  /** Added to the token's logit before anything else. */
  bias: z.number().min(biasLimits.min).max(biasLimits.max),
});
export type Bias = z.infer<typeof biasSchema>;

/** A JSON object, such as a schema, that is neither too long nor too deep for what reads it. */
export const jsonObjectSchema = z
  .record(z.string(), z.unknown())
  .refine((value) => jsonLength(value) <= maxGrammarLength, {
    error: `it may have at most ${maxGrammarLength} characters, and be nested 100 deep`,
  });

const ranged = (limits: { min: number; max: number }) => z.number().min(limits.min).max(limits.max);
const rangedInteger = (limits: { min: number; max: number }) => z.int().min(limits.min).max(limits.max);

/**
 * How the next token is chosen. Every field may be left out: the model's own default counts then, or else the table's.
 * `temperature: 0` is greedy. `topK: 0`, `topP: 1`, `minP: 0`, `repeatPenalty: 1`, `repeatLastTokens: 0`, `dryMultiplier: 0` and
 * `xtcProbability: 0` switch their step off. The steps come in this order: bias, penalties, DRY, top-k, top-p, min-p, XTC,
 * temperature. (The engine has no typical-p.)
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
  /** DRY ("don't repeat yourself"): makes tokens less probable that would go on with a sequence that came before. */
  dryMultiplier: ranged(samplingLimits.dryMultiplier).optional(),
  dryBase: ranged(samplingLimits.dryBase).optional(),
  /** Sequences up to this long may be repeated freely. */
  dryAllowedLength: rangedInteger(samplingLimits.dryAllowedLength).optional(),
  /** Tokens of the reply that DRY looks back on; -1: all of them. */
  dryLastTokens: rangedInteger(samplingLimits.dryLastTokens).optional(),
  /** XTC ("exclude top choices"): with this probability all tokens above the threshold but the least of them are left out. */
  xtcProbability: ranged(samplingLimits.xtcProbability).optional(),
  /** Above 0.5 there are never two such tokens, so nothing is left out. */
  xtcThreshold: ranged(samplingLimits.xtcThreshold).optional(),
  logitBias: z.array(biasSchema).max(biasLimits.count).optional(),
  /** A grammar in GBNF that the reply follows. Not together with `jsonSchema`. */
  grammar: z.string().min(1).max(maxGrammarLength).optional(),
  /**
   * A JSON Schema that the reply is valid under; `true`: any JSON. A reply that reaches `maxTokens` is closed, so that it is
   * JSON all the same.
   */
  jsonSchema: z.union([z.literal(true), jsonObjectSchema]).optional(),
  /** Report each token with its probability and this many alternatives. */
  alternatives: rangedInteger(samplingLimits.alternatives).optional(),
  stop: z.array(z.string().min(1).max(stopLimits.length)).max(stopLimits.count).optional(),
  /** Do not end at the model's end-of-sequence token. */
  ignoreEos: z.boolean().optional(),
});
export type Sampling = z.infer<typeof samplingSchema>;

/** Fields that have no default: without them nothing of the kind is done. */
type UndefaultedField = "grammar" | "jsonSchema" | "alternatives";

/** Sampling with every field set that has a default, and a JSON schema turned into a grammar. */
export type FullSampling = {
  [Key in Exclude<keyof Sampling, UndefaultedField>]-?: NonNullable<Sampling[Key]>;
} & {
  /** GBNF. */
  grammar?: string;
  /** A text that reaches a limit is completed by the shortest text that the grammar allows. */
  completeAtLimit?: boolean;
  alternatives?: number;
};

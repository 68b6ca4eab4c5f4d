import { z } from "zod";
import { type Bias, biasLimits, type Sampling, samplingSchema } from "../../protocol/sampling.js";
import { samplingLimits } from "../../protocol/samplingLimits.js";
import { foldSeed, seedSchema } from "../foldSeed.js";

const fields = samplingSchema.shape;
const stopText = z.string().min(1).max(256);
const bias = z.number().min(biasLimits.min).max(biasLimits.max);
const biasedText = z.string().min(1).max(biasLimits.textLength);

/**
 * The sampling parameters under the names that OpenAI and llama-server gave them; `null` counts as left out. They have the
 * limits of {@link samplingSchema}; -1 means "no limit" where llama-server has it so.
 */
export const samplingFields = {
  temperature: fields.temperature.nullable().describe("0 takes the most probable token every time"),
  top_p: fields.topP.nullable().describe("Only the most probable tokens that together have this probability"),
  top_k: z.literal(-1).or(fields.topK).nullable().describe("Only this many of the most probable tokens; 0 or -1: all"),
  min_p: fields.minP.nullable().describe("Only tokens at least this probable, measured by the most probable one"),
  repeat_penalty: fields.repeatPenalty.nullable().describe("Above 1, tokens that came lately are made less probable"),
  repeat_last_n: z
    .literal(-1)
    .or(fields.repeatLastTokens)
    .nullable()
    .describe("Tokens that the penalties look back on; -1: as many as allowed"),
  presence_penalty: fields.presencePenalty.nullable().describe("Taken from the logit of every token that came lately"),
  frequency_penalty: fields.frequencyPenalty.nullable().describe("The same, times how often it came"),
  dry_multiplier: fields.dryMultiplier.nullable().describe("DRY: above 0, repeating a sequence is made less probable"),
  dry_base: fields.dryBase.nullable().describe("DRY: how fast that grows with the sequence's length"),
  dry_allowed_length: fields.dryAllowedLength.nullable().describe("DRY: sequences this long are free"),
  dry_penalty_last_n: fields.dryLastTokens.nullable().describe("DRY: tokens of the reply to look back on; -1: all"),
  xtc_probability: fields.xtcProbability.nullable().describe("XTC: how often the top choices are left out"),
  xtc_threshold: fields.xtcThreshold.nullable().describe("XTC: what counts as a top choice; above 0.5 none does"),
  logit_bias: z
    .union([
      z.record(biasedText, bias),
      z
        .array(z.tuple([z.union([z.int().min(0), biasedText]), z.union([bias, z.literal(false)])]))
        .max(biasLimits.count),
    ])
    .refine((biases) => Object.keys(biases).length <= biasLimits.count, `at most ${biasLimits.count} biases`)
    .nullish()
    .describe(
      "Added to tokens' logits: by the token's number, or by a text for each of its tokens; -100 (or false) rules one out",
    ),
  grammar: fields.grammar.nullable().describe("A grammar in GBNF that the text follows"),
  json_schema: fields.jsonSchema.nullable().describe("A JSON Schema that the text is valid under"),
  seed: seedSchema.nullish(),
  stop: z
    .union([stopText, z.array(stopText).max(16)])
    .nullish()
    .describe("Ends the text before this one comes"),
  ignore_eos: fields.ignoreEos.nullable().describe("Never end before max_tokens"),
} as const;

const samplingFieldsSchema = z.object(samplingFields);
export type SamplingFields = z.infer<typeof samplingFieldsSchema>;

/** Leaves out what is `null` or `undefined`. */
export function given<Values extends Record<string, unknown>>(values: Values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined)) as {
    [Key in keyof Values]?: NonNullable<Values[Key]>;
  };
}

/** The sampling that a request asks for. `maxTokens` -1 means: until the context is full. */
export function toSampling(request: SamplingFields, maxTokens: number | null | undefined): Sampling {
  const { stop, top_k: topK, repeat_last_n: repeatLastTokens, seed } = request;
  return given({
    temperature: request.temperature,
    topP: request.top_p,
    topK: topK === -1 ? 0 : topK,
    minP: request.min_p,
    repeatPenalty: request.repeat_penalty,
    repeatLastTokens: repeatLastTokens === -1 ? samplingLimits.repeatLastTokens.max : repeatLastTokens,
    dryMultiplier: request.dry_multiplier,
    dryBase: request.dry_base,
    dryAllowedLength: request.dry_allowed_length,
    dryLastTokens: request.dry_penalty_last_n,
    xtcProbability: request.xtc_probability,
    xtcThreshold: request.xtc_threshold,
    logitBias:
      request.logit_bias === null || request.logit_bias === undefined ? undefined : toBiases(request.logit_bias),
    grammar: request.grammar,
    jsonSchema: request.json_schema,
    presencePenalty: request.presence_penalty,
    frequencyPenalty: request.frequency_penalty,
    seed: foldSeed(seed),
    stop: typeof stop === "string" ? [stop] : stop,
    ignoreEos: request.ignore_eos,
    maxTokens: maxTokens === -1 ? samplingLimits.maxTokens.max : maxTokens,
  });
}

/** OpenAI's map and llama-server's list of pairs; a name of digits only is a token's number. */
function toBiases(biases: NonNullable<SamplingFields["logit_bias"]>): Bias[] {
  const pairs = Array.isArray(biases) ? biases : Object.entries(biases);
  return pairs.map(([token, bias]) => ({
    token: typeof token === "string" && /^\d+$/.test(token) ? Number(token) : token,
    bias: bias === false ? biasLimits.min : bias,
  }));
}

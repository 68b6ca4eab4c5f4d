import { z } from "zod";
import { type Sampling, samplingLimits, samplingSchema } from "../../protocol/sampling.js";

const fields = samplingSchema.shape;
const stopText = z.string().min(1).max(256);

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
  seed: z.literal(-1).or(fields.seed).nullable().describe("The same seed gives the same text; -1: a random one"),
  stop: z
    .union([stopText, z.array(stopText).max(16)])
    .nullish()
    .describe("Ends the text before this one comes"),
  ignore_eos: fields.ignoreEos.nullable().describe("Never end before max_tokens"),
} as const;

const samplingFieldsSchema = z.object(samplingFields);
export type SamplingFields = z.infer<typeof samplingFieldsSchema>;

/** Leaves out what is `null` or `undefined`. */
function given<Values extends Record<string, unknown>>(values: Values) {
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
    presencePenalty: request.presence_penalty,
    frequencyPenalty: request.frequency_penalty,
    seed: seed === -1 ? undefined : seed,
    stop: typeof stop === "string" ? [stop] : stop,
    ignoreEos: request.ignore_eos,
    maxTokens: maxTokens === -1 ? samplingLimits.maxTokens.max : maxTokens,
  });
}

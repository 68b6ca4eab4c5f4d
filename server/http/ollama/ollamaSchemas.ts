import { z } from "zod";
import { maxMessageLength } from "../../protocol/conversation.js";
import { jsonLength } from "../../protocol/jsonSize.js";
import { listOf } from "../../protocol/listOf.js";
import { jsonObjectSchema, type Sampling, samplingSchema } from "../../protocol/sampling.js";
import { samplingLimits } from "../../protocol/samplingLimits.js";
import { foldSeed, seedSchema } from "../foldSeed.js";
import { keepAliveSchema } from "./keepAlive.js";

const fields = samplingSchema.shape;
const textSchema = z.string().max(maxMessageLength);
const modelSchema = z.string().min(1).max(200).describe("The name of an installed model; the tag :latest may follow");
const tooManyImages = "the models here take no images";
const noImages = z.array(z.unknown()).max(0, tooManyImages).nullish();

/**
 * Ollama's options. Those that say how a model is held (num_ctx, num_gpu, num_thread, …) and samplers that the engine does not
 * have are passed over, as Ollama itself passes over options it does not know.
 */
const optionsSchema = z
  .object({
    temperature: fields.temperature.nullable(),
    top_k: fields.topK.nullable(),
    top_p: fields.topP.nullable(),
    min_p: fields.minP.nullable(),
    repeat_penalty: fields.repeatPenalty.nullable(),
    repeat_last_n: z.literal(-1).or(fields.repeatLastTokens).nullable().describe("-1: as many as allowed"),
    presence_penalty: fields.presencePenalty.nullable(),
    frequency_penalty: fields.frequencyPenalty.nullable(),
    seed: seedSchema.nullish(),
    // Ollama's runner has a limit where the number is above 0. Source: runner/ollamarunner/runner.go.
    num_predict: z
      .union([z.int().max(0), fields.maxTokens])
      .nullish()
      .describe("The most tokens the reply may have; 0 or less: until the context is full"),
    stop: z.union([z.string().min(1).max(256), fields.stop]).nullish(),
  })
  .describe("Sampling; other options of Ollama's are passed over");
export type OllamaOptions = z.infer<typeof optionsSchema>;

const formatSchema = z
  .union([z.literal(["json", ""]), jsonObjectSchema])
  .nullish()
  .describe("json: any JSON object; a JSON Schema: JSON of that schema");

const commonFields = {
  model: modelSchema,
  stream: z.boolean().nullish().describe("One line of JSON per piece (true)"),
  format: formatSchema,
  options: optionsSchema.nullish(),
  keep_alive: keepAliveSchema,
  think: z.union([z.boolean(), z.string()]).nullish().describe("Refused when true: no model here thinks apart"),
  logprobs: z.boolean().nullish().describe("Report every token with its log probability"),
  top_logprobs: fields.alternatives.nullable().describe("And this many alternatives; needs logprobs"),
} as const;

/** The body of `POST /api/generate`. Fields that Ollama does not know are passed over, as it does. */
export const generateRequestSchema = z.object({
  ...commonFields,
  prompt: textSchema.nullish(),
  system: textSchema.nullish(),
  raw: z.boolean().nullish().describe("The prompt as it stands, without the model's format"),
  suffix: z.string().max(0, "the models here write on, they do not fill gaps").nullish(),
  template: z.string().max(0, "the model's own template is used").nullish(),
  context: z.array(z.unknown()).max(0, "send the conversation to /api/chat instead").nullish(),
  images: noImages,
});
export type GenerateRequest = z.infer<typeof generateRequestSchema>;

/** Of a call that was made: text of the conversation, of which no grammar is made. */
const argumentsSchema = z.record(z.string(), z.unknown()).refine((value) => jsonLength(value) <= maxMessageLength, {
  error: `they may have at most ${maxMessageLength} characters, and be nested 100 deep`,
});

const toolCallSchema = z.object({
  id: z.string().optional(),
  function: z.object({ name: z.string().min(1).max(64), arguments: argumentsSchema.optional() }),
});
const messageSchema = z.object({
  role: z.enum(["system", "user", "assistant", "tool"]),
  content: textSchema.nullish(),
  images: noImages,
  tool_calls: z.array(toolCallSchema).max(128).nullish(),
  tool_name: z.string().max(64).nullish(),
  tool_call_id: z.string().max(128).nullish(),
});
export type OllamaMessage = z.infer<typeof messageSchema>;

/** The body of `POST /api/chat`. */
export const chatRequestSchema = z.object({
  ...commonFields,
  messages: listOf(messageSchema, { max: 2000 }).nullish(),
  tools: z
    .array(
      z.object({
        function: z.object({
          name: z.string().regex(/^[\w.-]{1,64}$/, "a function's name has only letters, digits, '_', '-' and '.'"),
          description: textSchema.nullish(),
          parameters: jsonObjectSchema.nullish(),
        }),
      }),
    )
    .max(128)
    .nullish(),
});

/** The body of `POST /api/show`. */
export const showRequestSchema = z.object({
  model: modelSchema.optional(),
  name: modelSchema.optional().describe("The older name of model"),
  verbose: z.boolean().nullish().describe("Lists too, such as the vocabulary"),
});

/** The body of `POST /api/embed`. */
export const embedRequestSchema = z.object({
  model: modelSchema,
  input: z.union([textSchema, z.array(textSchema).max(2048)]),
  truncate: z.boolean().nullish().describe("Cut off what is too long (true) instead of refusing it"),
  dimensions: z.int().min(1).nullish().describe("Only the model's own number is there"),
  keep_alive: keepAliveSchema,
});

/** The body of `POST /api/embeddings`, the older form. */
export const embeddingsRequestSchema = z.object({
  model: modelSchema,
  prompt: textSchema,
  keep_alive: keepAliveSchema,
});

/** Ollama's options as sampling. */
export function optionsToSampling(options: OllamaOptions | null | undefined): Sampling {
  if (options === null || options === undefined) return {};
  const { stop, repeat_last_n: repeatLastTokens, num_predict: maxTokens, seed } = options;
  const sampling: { [Key in keyof Sampling]: Sampling[Key] | null | undefined } = {
    temperature: options.temperature,
    topK: options.top_k,
    topP: options.top_p,
    minP: options.min_p,
    repeatPenalty: options.repeat_penalty,
    repeatLastTokens: repeatLastTokens === -1 ? samplingLimits.repeatLastTokens.max : repeatLastTokens,
    presencePenalty: options.presence_penalty,
    frequencyPenalty: options.frequency_penalty,
    seed: foldSeed(seed),
    maxTokens: typeof maxTokens === "number" && maxTokens <= 0 ? samplingLimits.maxTokens.max : maxTokens,
    stop: typeof stop === "string" ? [stop] : stop,
  };
  return Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== null && value !== undefined));
}

/** The JSON Schema that a `format` asks for. */
export function formatToSchema(format: GenerateRequest["format"]): Sampling["jsonSchema"] {
  if (format === null || format === undefined || format === "") return undefined;
  return format === "json" ? { type: "object" } : format;
}

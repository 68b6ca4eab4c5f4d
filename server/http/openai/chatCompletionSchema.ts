import { z } from "zod";
import { AppError } from "../../platform/AppError.js";
import { maxMessageLength } from "../../protocol/conversation.js";
import { listOf } from "../../protocol/listOf.js";
import { jsonObjectSchema, type Sampling, samplingSchema } from "../../protocol/sampling.js";
import { commonFields, ignoredFields, maxTokensField } from "./commonFields.js";
import { samplingFields } from "./samplingFields.js";

const textSchema = z.string().max(maxMessageLength);
const textOnly = 'only parts of the type "text" are read: the models here take no images, audio or files';
const partSchema = z.strictObject({ type: z.literal("text", { error: textOnly }), text: textSchema });
const partsSchema = listOf(partSchema, { min: 1, max: 10_000 }).describe("Text in parts, which follow each other");
const contentSchema = z.union([textSchema, partsSchema]);
const nameSchema = z.string().max(64).nullish();

const functionNameSchema = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\w.-]+$/, "a function's name has only letters, digits, '_', '-' and '.'");
const toolCallSchema = z.strictObject({
  id: z.string().max(128),
  type: z.literal("function"),
  function: z.strictObject({ name: functionNameSchema, arguments: textSchema }),
});
const toolSchema = z.strictObject({
  type: z.literal("function"),
  function: z.strictObject({
    name: functionNameSchema,
    description: textSchema.nullish(),
    parameters: jsonObjectSchema.nullish(),
    strict: z.boolean().nullish(),
  }),
});
const toolChoiceSchema = z.union([
  z.enum(["none", "auto", "required"]),
  z.strictObject({ type: z.literal("function"), function: z.strictObject({ name: functionNameSchema }) }),
]);

const messageSchema = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("system"), content: contentSchema, name: nameSchema }),
  z.strictObject({ role: z.literal("developer"), content: contentSchema, name: nameSchema }),
  z.strictObject({ role: z.literal("user"), content: contentSchema, name: nameSchema }),
  z.strictObject({
    role: z.literal("assistant"),
    content: contentSchema.nullish(),
    name: nameSchema,
    tool_calls: z.array(toolCallSchema).max(128).nullish(),
    refusal: z.string().nullish(),
    // What other servers' models thought before this reply: chat templates leave it out of later prompts, and so does this.
    reasoning_content: z.string().nullish(),
    // What an answer of OpenAI's has beside these: programs send it back as it came.
    annotations: z.array(z.unknown()).nullish(),
    audio: z.null().optional(),
    function_call: z.null().optional(),
  }),
  z.strictObject({
    role: z.literal("tool"),
    content: contentSchema,
    tool_call_id: z.string().max(128),
    name: nameSchema,
  }),
]);
export type ChatMessage = z.infer<typeof messageSchema>;

const responseFormatSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text") }),
  z.strictObject({ type: z.literal("json_object"), schema: jsonObjectSchema.nullish() }),
  z.strictObject({
    type: z.literal("json_schema"),
    json_schema: z
      .strictObject({
        name: z.string().max(64).optional(),
        description: z.string().nullish(),
        schema: jsonObjectSchema.optional(),
        strict: z.boolean().nullish(),
      })
      .optional(),
    schema: jsonObjectSchema.optional(),
  }),
]);

/** Why a request that uses one of these fields is refused. */
export const unsupportedChatFields = {
  functions: "it was replaced by tools",
  function_call: "it was replaced by tool_choice",
  audio: "the models here write text only",
  web_search_options: "nothing here searches the web",
  moderation: "nothing here moderates",
};

/** The body of `POST /v1/chat/completions`. */
export const chatCompletionRequestSchema = z.strictObject({
  ...commonFields,
  messages: listOf(messageSchema, { min: 1, max: 2000 }),
  max_tokens: maxTokensField.describe("The most tokens the reply may have (older name)"),
  max_completion_tokens: maxTokensField.describe("The most tokens the reply may have; -1: until the context is full"),
  ...samplingFields,
  logprobs: z.boolean().nullish().describe("Report every token with its log probability"),
  top_logprobs: samplingSchema.shape.alternatives.nullable().describe("And this many alternatives; needs logprobs"),
  response_format: responseFormatSchema
    .nullish()
    .describe("json_object: any JSON object; json_schema: JSON of that schema"),
  tools: z.array(toolSchema).max(128).nullish().describe("Functions that the model may ask to be called"),
  tool_choice: toolChoiceSchema
    .nullish()
    .describe("required, or a function's name: the reply is a call, enforced by a grammar"),
  parallel_tool_calls: z.boolean().nullish().describe("False: at most one call is answered"),
  modalities: z.array(z.literal("text")).max(8).nullish(),
  reasoning_effort: z.unknown().optional(),
  verbosity: z.unknown().optional(),
  prediction: z.unknown().optional(),
  ...ignoredFields,
  functions: z.unknown().optional(),
  function_call: z.unknown().optional(),
  audio: z.unknown().optional(),
  web_search_options: z.unknown().optional(),
  moderation: z.unknown().optional(),
});
export type ChatCompletionRequest = z.infer<typeof chatCompletionRequestSchema>;

/** The text of a message's content; parts follow each other. */
export function contentText(content: ChatMessage["content"]): string {
  if (content === null || content === undefined) return "";
  return typeof content === "string" ? content : content.map((part) => part.text).join("");
}

/** The JSON Schema that a response format asks for. Throws `bad_request` when it lacks one. */
export function formatSchema(format: ChatCompletionRequest["response_format"]): Sampling["jsonSchema"] {
  if (format === null || format === undefined || format.type === "text") return undefined;
  if (format.type === "json_object") return format.schema ?? { type: "object" };
  const schema = format.json_schema?.schema ?? format.schema;
  if (schema !== undefined) return schema;
  throw new AppError("bad_request", "The response format has no schema.", {
    field: "response_format.json_schema.schema",
  });
}

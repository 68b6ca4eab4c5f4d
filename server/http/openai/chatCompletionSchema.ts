import { z } from "zod";
import { maxMessageLength } from "../../protocol/conversation.js";
import { commonFields, ignoredFields, maxTokensField } from "./commonFields.js";
import { samplingFields } from "./samplingFields.js";

const textSchema = z.string().max(maxMessageLength);
const textOnly = 'only parts of the type "text" are read: the models here take no images, audio or files';
const partsSchema = z
  .array(z.strictObject({ type: z.literal("text", { error: textOnly }), text: textSchema }))
  .min(1)
  .describe("Text in parts, which follow each other");
const contentSchema = z.union([textSchema, partsSchema]);
const nameSchema = z.string().max(64).nullish();

const messageSchema = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("system"), content: contentSchema, name: nameSchema }),
  z.strictObject({ role: z.literal("developer"), content: contentSchema, name: nameSchema }),
  z.strictObject({ role: z.literal("user"), content: contentSchema, name: nameSchema }),
  z.strictObject({ role: z.literal("assistant"), content: contentSchema.nullish(), name: nameSchema }),
]);
export type ChatMessage = z.infer<typeof messageSchema>;

/** The body of `POST /v1/chat/completions`. */
export const chatCompletionRequestSchema = z.strictObject({
  ...commonFields,
  messages: z.array(messageSchema).min(1).max(2000),
  max_tokens: maxTokensField.describe("The most tokens the reply may have (older name)"),
  max_completion_tokens: maxTokensField.describe("The most tokens the reply may have; -1: until the context is full"),
  ...samplingFields,
  modalities: z.array(z.literal("text")).nullish(),
  reasoning_effort: z.unknown().optional(),
  verbosity: z.unknown().optional(),
  prediction: z.unknown().optional(),
  ...ignoredFields,
});
export type ChatCompletionRequest = z.infer<typeof chatCompletionRequestSchema>;

/** The text of a message's content; parts follow each other. */
export function contentText(content: ChatMessage["content"]): string {
  if (content === null || content === undefined) return "";
  return typeof content === "string" ? content : content.map((part) => part.text).join("");
}

import { z } from "zod";
import { maxMessageLength } from "../../protocol/conversation.js";
import { listOf } from "../../protocol/listOf.js";
import { samplingSchema } from "../../protocol/sampling.js";
import { commonFields, ignoredFields, maxChoices, maxTokensField } from "./commonFields.js";
import { samplingFields } from "./samplingFields.js";

/** Prompts that one request may bring. */
const maxPrompts = 128;

const textSchema = z.string().max(maxMessageLength);
const tokensSchema = listOf(z.int().min(0), { min: 1, max: 1_000_000 });

/** Why a request that uses one of these fields is refused. */
export const unsupportedCompletionFields = { suffix: "the models here write on, they do not fill gaps" };

/** The body of `POST /v1/completions`. */
export const completionRequestSchema = z.strictObject({
  ...commonFields,
  prompt: z
    .union([
      textSchema,
      z.array(textSchema).min(1).max(maxPrompts),
      tokensSchema,
      listOf(tokensSchema, { min: 1, max: maxPrompts }),
    ])
    .describe("A text, a list of texts, the numbers of tokens, or a list of lists of them"),
  max_tokens: maxTokensField.describe("The most tokens a completion may have; -1: until the context is full"),
  echo: z.boolean().nullish().describe("Put the prompt before the completion"),
  best_of: z.int().min(1).max(maxChoices).nullish().describe("Make this many, answer the n most probable ones"),
  logprobs: samplingSchema.shape.alternatives
    .nullable()
    .describe("Report every token with its log probability and this many alternatives"),
  ...samplingFields,
  ...ignoredFields,
  suffix: z.string().nullish(),
});
export type CompletionRequest = z.infer<typeof completionRequestSchema>;

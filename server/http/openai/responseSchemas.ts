import { z } from "zod";

const count = z.int().min(0);
const byte = z.int().min(0).max(255);

export const usageSchema = z.strictObject({
  prompt_tokens: count.describe("Each prompt once, however many choices were made from it"),
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: z.strictObject({
    cached_tokens: count.describe("Prompt tokens that the KV cache held already"),
  }),
});

/** Source: llama.cpp tools/server/README.md, "timings". */
export const timingsSchema = z
  .strictObject({
    cache_n: count.describe("Prompt tokens found in the KV cache"),
    prompt_n: count.describe("Prompt tokens that were read"),
    prompt_ms: z.number(),
    prompt_per_token_ms: z.number(),
    prompt_per_second: z.number(),
    predicted_n: count,
    predicted_ms: z.number(),
    predicted_per_token_ms: z.number(),
    predicted_per_second: z.number(),
    draft_n: count.optional().describe("Tokens that were guessed ahead; left out where none were"),
    draft_n_accepted: count.optional().describe("How many of them the model chose itself"),
  })
  .describe("llama-server's figures, of the first choice");

const tokenLogprob = z.strictObject({ token: z.string(), logprob: z.number(), bytes: z.array(byte) });
const chatLogprobs = z
  .strictObject({
    content: z.array(tokenLogprob.extend({ top_logprobs: z.array(tokenLogprob) })),
    refusal: z.null(),
  })
  .nullable();

const toolCall = z.strictObject({
  id: z.string(),
  type: z.literal("function"),
  function: z.strictObject({ name: z.string(), arguments: z.string().describe("JSON as a text") }),
});
const chatFinishReason = z.enum(["stop", "length", "tool_calls"]);

const head = {
  id: z.string(),
  created: count.describe("Seconds since 1970"),
  model: z.string(),
  system_fingerprint: z.string(),
};

export const chatCompletionSchema = z.strictObject({
  ...head,
  object: z.literal("chat.completion"),
  choices: z.array(
    z.strictObject({
      index: count,
      message: z.strictObject({
        role: z.literal("assistant"),
        content: z.string().nullable(),
        refusal: z.null(),
        tool_calls: z.array(toolCall).optional(),
      }),
      logprobs: chatLogprobs,
      finish_reason: chatFinishReason,
    }),
  ),
  usage: usageSchema,
  timings: timingsSchema.optional(),
});

export const chatCompletionChunkSchema = z.strictObject({
  ...head,
  object: z.literal("chat.completion.chunk"),
  choices: z.array(
    z.strictObject({
      index: count,
      delta: z.strictObject({
        role: z.literal("assistant").optional(),
        content: z.string().optional(),
        refusal: z.null().optional(),
        tool_calls: z.array(toolCall.extend({ index: count })).optional(),
      }),
      logprobs: chatLogprobs,
      finish_reason: chatFinishReason.nullable(),
    }),
  ),
  usage: usageSchema.nullish(),
  timings: timingsSchema.optional(),
});

export const completionSchema = z.strictObject({
  ...head,
  object: z.literal("text_completion"),
  choices: z.array(
    z.strictObject({
      index: count,
      text: z.string(),
      logprobs: z
        .strictObject({
          tokens: z.array(z.string()),
          token_logprobs: z.array(z.number()),
          top_logprobs: z.array(z.record(z.string(), z.number())),
          text_offset: z.array(count),
        })
        .nullable(),
      finish_reason: z.enum(["stop", "length"]).nullable().describe("null in all pieces of a stream but the last"),
    }),
  ),
  usage: usageSchema.nullish(),
  timings: timingsSchema.optional(),
});

export const embeddingListSchema = z.strictObject({
  object: z.literal("list"),
  data: z.array(
    z.strictObject({
      object: z.literal("embedding"),
      index: count,
      embedding: z.union([z.array(z.number()), z.string()]),
    }),
  ),
  model: z.string(),
  usage: z.strictObject({ prompt_tokens: count, total_tokens: count }),
});

export const modelSchema = z.strictObject({
  id: z.string(),
  object: z.literal("model"),
  created: count.describe("When it was installed, in seconds since 1970"),
  owned_by: z.string().describe("cria, or the engine that has it"),
  meta: z.strictObject({
    n_ctx_train: count,
    n_params: count.nullable(),
    size: count.describe("Bytes of the weights"),
  }),
  sampling: z
    .record(z.string(), z.strictObject({ default: z.number().optional(), min: z.number(), max: z.number() }))
    .describe("Limits of the sampling parameters, and what this model uses when a request leaves them out"),
});

export const modelListSchema = z.strictObject({ object: z.literal("list"), data: z.array(modelSchema) });

export const openAiErrorSchema = z.strictObject({
  error: z.strictObject({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable().describe("The field that is wrong"),
    code: z.string(),
  }),
});

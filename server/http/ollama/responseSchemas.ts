import { z } from "zod";

const count = z.int().min(0);
const nanoseconds = z.int().min(0).describe("Nanoseconds");
const logprob = z.strictObject({ token: z.string(), logprob: z.number(), bytes: z.array(z.int()) });

const replyFields = {
  model: z.string(),
  created_at: z.string().describe("ISO 8601"),
  done: z.boolean(),
  logprobs: z.array(logprob.extend({ top_logprobs: z.array(logprob) })).optional(),
  done_reason: z.enum(["stop", "length", "load", "unload"]).optional().describe("With the last line"),
  total_duration: nanoseconds.optional(),
  load_duration: nanoseconds.optional(),
  prompt_eval_count: count.optional(),
  prompt_eval_duration: nanoseconds.optional(),
  eval_count: count.optional(),
  eval_duration: nanoseconds.optional(),
};

export const generateResponseSchema = z.strictObject({ ...replyFields, response: z.string() });

export const chatResponseSchema = z.strictObject({
  ...replyFields,
  message: z.strictObject({
    role: z.literal("assistant"),
    content: z.string(),
    tool_calls: z
      .array(
        z.strictObject({
          function: z.strictObject({ name: z.string(), arguments: z.record(z.string(), z.unknown()) }),
        }),
      )
      .optional(),
  }),
});

const detailsSchema = z.strictObject({
  parent_model: z.string(),
  format: z.literal("gguf"),
  family: z.string(),
  families: z.array(z.string()),
  parameter_size: z.string(),
  quantization_level: z.string(),
});

const listedFields = {
  name: z.string(),
  model: z.string(),
  size: count,
  digest: z.string().describe("SHA-256 of the weights"),
  details: detailsSchema,
};

export const tagsResponseSchema = z.strictObject({
  models: z.array(z.strictObject({ ...listedFields, modified_at: z.string() })),
});

export const psResponseSchema = z.strictObject({
  models: z.array(z.strictObject({ ...listedFields, expires_at: z.string(), size_vram: count, context_length: count })),
});

export const showResponseSchema = z.strictObject({
  license: z.string(),
  modelfile: z.string(),
  parameters: z.string(),
  template: z.string(),
  details: detailsSchema,
  model_info: z.record(z.string(), z.unknown()).describe("What the GGUF file says of itself"),
  capabilities: z.array(z.enum(["completion", "embedding", "tools"])),
  modified_at: z.string(),
});

export const embedResponseSchema = z.strictObject({
  model: z.string(),
  embeddings: z.array(z.array(z.number())),
  total_duration: nanoseconds,
  load_duration: nanoseconds,
  prompt_eval_count: count,
});

export const embeddingsResponseSchema = z.strictObject({ embedding: z.array(z.number()) });

export const versionResponseSchema = z.strictObject({ version: z.string(), cria: z.string() });

export const ollamaErrorSchema = z.strictObject({ error: z.string() });

import { z } from "zod";
import { AppError } from "../../platform/AppError.js";
import type { Priority } from "../../protocol/generation.js";
import { samplingSchema } from "../../protocol/sampling.js";

/** Choices that one request may ask for; each one is a generation of its own. */
export const maxChoices = 32;

/** What every request that generates takes. */
export const commonFields = {
  model: z.string().min(1).max(200).describe("The id of an installed model, as GET /v1/models lists them"),
  n: z.int().min(1).max(maxChoices).nullish().describe("How many choices to make; choice i uses the seed plus i"),
  stream: z.boolean().nullish().describe("Send the text as server-sent events while it is made"),
  stream_options: z
    .strictObject({
      include_usage: z.boolean().nullish().describe("A last chunk without choices has the token counts"),
      include_obfuscation: z.boolean().nullish().describe("Taken and ignored: nothing is padded"),
    })
    .nullish(),
  context_shift: z
    .boolean()
    .nullish()
    .describe("When the context is full, drop the older half of what it holds and go on (false: end or refuse)"),
  service_tier: z
    .string()
    .max(64)
    .nullish()
    .describe('"flex": served when nobody waits who watches; anything else: in turn with the others'),
  cache_prompt: z.boolean().nullish().describe("Keep what the KV cache already holds of the prompt (true)"),
} as const;

/**
 * Fields of OpenAI's that change nothing in what its models write, or that only its own service can act on: they are taken and
 * ignored. Whatever else a request brings is refused as unknown.
 */
export const ignoredFields = {
  user: z.unknown().optional(),
  metadata: z.unknown().optional(),
  store: z.unknown().optional(),
  safety_identifier: z.unknown().optional(),
  prompt_cache_key: z.unknown().optional(),
  prompt_cache_retention: z.unknown().optional(),
  prompt_cache_options: z.unknown().optional(),
} as const;

/** OpenAI's cheap tier is for what may wait. */
export function priorityOf({ service_tier }: { service_tier?: string | null | undefined }): Priority {
  return service_tier === "flex" ? "background" : "watched";
}

/** Fields of OpenAI's that ask for something that is not there: a request that uses one is refused with the reason. */
export function refuseUnsupported(body: object, reasons: { [field: string]: string }): void {
  for (const [field, reason] of Object.entries(reasons)) {
    const value: unknown = Reflect.get(body, field);
    if (value === undefined || value === null || value === "") continue;
    throw new AppError("unsupported_parameter", `"${field}" is not supported: ${reason}.`, { field });
  }
}

export const maxTokensField = z.literal(-1).or(samplingSchema.shape.maxTokens).nullable();

import { z } from "zod";
import {
  generationIdSchema,
  generationStatsSchema,
  stopReasonSchema,
  tokenDetailSchema,
} from "../protocol/generation.js";
import { errorInfoSchema } from "../protocol/result.js";
import type { WorkerMessage } from "./messages.js";

const id = generationIdSchema;
const count = z.int().min(0);

const schemas = {
  opened: z.object({ gpu: z.string().or(z.literal(false)) }),
  loading: z.object({ progress: z.number() }),
  ready: z.object({
    info: z.object({
      contextTokens: count,
      sequences: count,
      threads: count,
      hasTemplate: z.boolean(),
      toolFormat: z
        .object({ style: z.enum(["tagged", "bare"]), argumentsKey: z.enum(["arguments", "parameters"]) })
        .optional(),
      gpu: z.string().or(z.literal(false)),
      draftFailure: z.string().optional(),
      hardware: z
        .object({ cpuFeatures: z.array(z.string()), gpuNames: z.array(z.string()), gpuMemoryBytes: z.number().min(0) })
        .optional(),
    }),
  }),
  loadFailed: z.object({ error: errorInfoSchema }),
  draftFailed: z.object({ reason: z.string() }),
  queued: z.object({ id, position: count }),
  reading: z.object({ id, evaluatedTokens: count, promptTokens: count }),
  text: z.object({ id, text: z.string(), tokenCount: count, tokens: z.array(tokenDetailSchema).optional() }),
  done: z.object({
    id,
    stopReason: stopReasonSchema.exclude(["error"]),
    stats: generationStatsSchema.omit({ ttftMs: true }),
  }),
  failed: z.object({ id, error: errorInfoSchema }),
  counted: z.object({ id, promptTokens: count }),
  embedded: z.object({ id, vector: z.array(z.number()), promptTokens: count }),
  figures: z.object({
    id,
    figures: z.object({
      threads: count,
      residentBytes: count,
      lanes: z.array(z.object({ generationId: id.optional(), heldTokens: count })),
      waiting: count,
      batches: z.array(z.object({ sequences: count, count })),
    }),
  }),
} satisfies Record<WorkerMessage["type"], z.ZodType>;

/**
 * `message` when it has the shape of one, else `undefined`. A worker holds a file that may be hostile: what a process sends that
 * was taken over or has lost its mind must not reach the rest of the server.
 */
export function readWorkerMessage(message: unknown): WorkerMessage | undefined {
  if (typeof message !== "object" || message === null || !("type" in message)) return undefined;
  // A piece of text comes with every token; unless it has details, its shape is looked at without the schema's cost.
  if (message.type === "text" && !("tokens" in message))
    return isText(message) ? (message as WorkerMessage) : undefined;
  if (typeof message.type !== "string" || !Object.hasOwn(schemas, message.type)) return undefined;
  const schema = schemas[message.type as WorkerMessage["type"]];
  return schema.safeParse(message).success ? (message as WorkerMessage) : undefined;
}

function isText(message: object): boolean {
  return (
    "id" in message &&
    typeof message.id === "string" &&
    "text" in message &&
    typeof message.text === "string" &&
    "tokenCount" in message &&
    typeof message.tokenCount === "number"
  );
}

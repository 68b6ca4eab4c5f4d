import { z } from "zod";
import { generationIdSchema, generationStatsSchema, stopReasonSchema } from "./generation.js";
import { modelIdSchema } from "./model.js";
import { errorInfoSchema } from "./result.js";

export const conversationIdSchema = z.string().min(1).max(64);
export const messageIdSchema = z.string().min(1).max(64);

/** The longest text that one message may have, in UTF-16 units; longer input must come as a file. */
export const maxMessageLength = 200_000;

export const conversationSchema = z.object({
  id: conversationIdSchema,
  title: z.string(),
  modelId: modelIdSchema.optional(),
  /** Milliseconds since 1970. */
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
  /** The last message of the branch that is shown. */
  headMessageId: messageIdSchema.optional(),
});
export type Conversation = z.infer<typeof conversationSchema>;

/**
 * A message is a node of the conversation's tree: siblings share a parent and are versions of each other.
 * `generating`: its generation is running, follow `generationId`; `text` is what was stored so far.
 */
export const messageSchema = z.object({
  id: messageIdSchema,
  conversationId: conversationIdSchema,
  /** Absent at the root. */
  parentId: messageIdSchema.optional(),
  role: z.enum(["user", "assistant"]),
  text: z.string(),
  createdAtMs: z.number(),
  /** The rest is set on replies only. */
  status: z.enum(["complete", "generating"]),
  modelId: modelIdSchema.optional(),
  generationId: generationIdSchema.optional(),
  stopReason: stopReasonSchema.optional(),
  stats: generationStatsSchema.optional(),
  error: errorInfoSchema.optional(),
});
export type Message = z.infer<typeof messageSchema>;

import { z } from "zod";
import { generationIdSchema, generationStatsSchema, stopReasonSchema } from "./generation.js";
import { modelIdSchema } from "./model.js";
import { errorInfoSchema } from "./result.js";
import { samplingSchema } from "./sampling.js";

export const conversationIdSchema = z.string().min(1).max(64);
export const messageIdSchema = z.string().min(1).max(64);
export const attachmentIdSchema = z.string().min(1).max(64);

/** The longest text that one message may have, in UTF-16 units; longer input must come as a file. */
export const maxMessageLength = 200_000;

/** Files that go with one message. */
export const maxAttachments = 16;

/** Parameters of a scope: a chat, a model or everyone. Left-out fields fall through to the next wider scope. */
export const settingsValueSchema = z.object({
  systemPrompt: z.string().max(20_000).optional(),
  sampling: samplingSchema.optional(),
});
export type SettingsValue = z.infer<typeof settingsValueSchema>;

/** `everyone`, or one model. A chat's own parameters belong to its conversation. */
export const settingsScopeSchema = z.union([z.literal("everyone"), z.object({ modelId: modelIdSchema })]);
export type SettingsScope = z.infer<typeof settingsScopeSchema>;

/** Parameters under a name, to be applied anywhere. */
export const presetSchema = settingsValueSchema.extend({ name: z.string().trim().min(1).max(60) });
export type Preset = z.infer<typeof presetSchema>;

/** All parameters that are stored, but for those of single chats. */
export interface Settings {
  everyone: SettingsValue;
  models: Record<string, SettingsValue>;
  presets: Preset[];
}

/**
 * What to do when the conversation is longer than the context. `refuse`: say so, send nothing. `dropOldest`: leave out the oldest
 * turns; the reply says from which message on the model has read. `summarise`: the model puts the oldest turns into a few sentences
 * first, which are sent instead and kept with the reply.
 */
export const overflowSchema = z.enum(["refuse", "dropOldest", "summarise"]);
export type Overflow = z.infer<typeof overflowSchema>;

/** What a conversation and a draft take of the context, in tokens. */
export const promptCountSchema = z.object({
  /** What would be sent: `systemTokens`, the history, `summaryTokens` and `draftTokens`. */
  promptTokens: z.number(),
  contextTokens: z.number(),
  /** The system prompt, and what the model's prompt format puts around everything. */
  systemTokens: z.number(),
  draftTokens: z.number(),
  /** Read in place of the messages that are left out; one that is still to be made at its longest. */
  summaryTokens: z.number(),
  /** Of messages that are left out. */
  notSentTokens: z.number(),
  /** The first message that the model would read, when older ones are left out; `draft` when all are. */
  readFromMessageId: z.string().exactOptional(),
});
export type PromptCount = z.infer<typeof promptCountSchema>;

export const conversationSchema = z.object({
  id: conversationIdSchema,
  title: z.string(),
  modelId: modelIdSchema.optional(),
  /** Milliseconds since 1970. */
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
  /** The last message of the branch that is shown. */
  headMessageId: messageIdSchema.optional(),
  pinned: z.boolean(),
  /** In memory only. */
  temporary: z.boolean(),
  settings: settingsValueSchema,
  /** A reply is being made in it. */
  generating: z.literal(true).optional(),
});
export type Conversation = z.infer<typeof conversationSchema>;

/** A text file that goes with a message. Its text is stored on the server and read by the model before the message. */
export const attachmentSchema = z.object({
  id: attachmentIdSchema,
  name: z.string().min(1).max(200),
  sizeBytes: z.int().min(0),
});
export type Attachment = z.infer<typeof attachmentSchema>;

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
  attachments: z.array(attachmentSchema).max(maxAttachments).optional(),
  /** The rest is set on replies only. */
  status: z.enum(["complete", "generating"]),
  modelId: modelIdSchema.optional(),
  generationId: generationIdSchema.optional(),
  stopReason: stopReasonSchema.optional(),
  stats: generationStatsSchema.optional(),
  error: errorInfoSchema.optional(),
  /** The first message that the model has read, when older ones were left out. */
  readFromMessageId: messageIdSchema.optional(),
  /** What the model has read in place of the older ones: its own summary of them. */
  summary: z.string().optional(),
  rating: z.union([z.literal(-1), z.literal(1)]).optional(),
});
export type Message = z.infer<typeof messageSchema>;

/** A place where a search found its words; `snippet` marks them with U+0002 before and U+0003 after. */
export const searchHitSchema = z.object({
  conversation: conversationSchema,
  /** Absent when the title was found. */
  messageId: messageIdSchema.optional(),
  snippet: z.string(),
});
export type SearchHit = z.infer<typeof searchHitSchema>;

/** A prompt template: text with `{{placeholders}}` to fill. */
export interface PromptTemplate {
  name: string;
  text: string;
  /** False for those that ship. */
  editable: boolean;
}

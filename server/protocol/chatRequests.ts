import { z } from "zod";
import {
  attachmentIdSchema,
  conversationIdSchema,
  maxAttachments,
  maxMessageLength,
  messageIdSchema,
  overflowSchema,
  presetSchema,
  settingsScopeSchema,
  settingsValueSchema,
} from "./conversation.js";
import { modelIdSchema } from "./model.js";
import { samplingSchema } from "./sampling.js";

const textSchema = z.string().max(maxMessageLength);
/** Made by the client: a request that is sent again after a lost connection is done once only. */
export const requestIdSchema = z.string().min(8).max(64);
const titleSchema = z.string().trim().min(1).max(200);

/** Requests about stored chats. */
export const chatRequestSchemas = {
  "conversation:list": z.object({}),
  "conversation:open": z.object({ conversationId: conversationIdSchema }),
  "conversation:leave": z.object({ conversationId: conversationIdSchema }),
  /** Titles and texts; the best matches first. */
  "conversation:search": z.object({
    query: z.string().trim().min(1).max(200),
    limit: z.int().min(1).max(100).default(30),
  }),
  "conversation:update": z.object({
    conversationId: conversationIdSchema,
    title: titleSchema.optional(),
    pinned: z.boolean().optional(),
    modelId: modelIdSchema.optional(),
    /** The branch to show: any message of the conversation; its newest descendants follow it. */
    headMessageId: messageIdSchema.optional(),
    /** This chat's own parameters, whole; they win over those of the model and of everyone. */
    settings: settingsValueSchema.optional(),
  }),
  /** Can be undone with `conversation:restore` for a while. */
  "conversation:delete": z.object({ conversationId: conversationIdSchema }),
  "conversation:restore": z.object({ conversationId: conversationIdSchema }),
  /** A new conversation that begins with everything up to the message. */
  "conversation:branch": z.object({ messageId: messageIdSchema }),

  /** Stores the user's message (in a new conversation unless one is named) and starts the reply. */
  "chat:send": z.object({
    requestId: requestIdSchema,
    conversationId: conversationIdSchema.optional(),
    /** The message this one follows; absent for the first. */
    parentId: messageIdSchema.optional(),
    text: textSchema.min(1),
    modelId: modelIdSchema,
    sampling: samplingSchema.optional(),
    /** Of files that were posted to /api/attachments; the model reads them before the text. */
    attachmentIds: z.array(attachmentIdSchema).max(maxAttachments).optional(),
    /** For a new conversation: kept in memory only, gone with the server or when deleted. */
    temporary: z.boolean().optional(),
    overflow: overflowSchema.optional(),
    /** For a new conversation: its own parameters. */
    settings: settingsValueSchema.optional(),
  }),
  /** Makes another reply to the same user message, beside the old one. */
  "chat:regenerate": z.object({
    requestId: requestIdSchema,
    messageId: messageIdSchema,
    modelId: modelIdSchema.optional(),
    sampling: samplingSchema.optional(),
    /** The new reply begins with this text and goes on from it. */
    startText: textSchema.optional(),
    overflow: overflowSchema.optional(),
  }),
  /** Goes on with a reply that ended early, in the same message. */
  "chat:continue": z.object({
    requestId: requestIdSchema,
    messageId: messageIdSchema,
    sampling: samplingSchema.optional(),
  }),
  /** How many tokens the conversation up to `parentId` plus `draft` takes in the model's prompt format, and what it is made of. */
  "chat:count": z.object({
    modelId: modelIdSchema,
    conversationId: conversationIdSchema.optional(),
    parentId: messageIdSchema.optional(),
    draft: textSchema,
    attachmentIds: z.array(attachmentIdSchema).max(maxAttachments).optional(),
    overflow: overflowSchema.optional(),
    /** For a new conversation: its own parameters. */
    settings: settingsValueSchema.optional(),
  }),
  /** The message and all that follows it; can be undone with `message:restore` for a while. */
  "message:delete": z.object({ messageId: messageIdSchema }),
  "message:restore": z.object({ messageId: messageIdSchema }),
  /** One of several replies to the same message is the better one (1) or not (-1); 0 takes it back. */
  "message:rate": z.object({
    messageId: messageIdSchema,
    rating: z.union([z.literal(-1), z.literal(0), z.literal(1)]),
  }),

  "settings:get": z.object({}),
  /** Replaces the parameters of a scope. */
  "settings:set": z.object({ scope: settingsScopeSchema, value: settingsValueSchema }),
  "preset:save": z.object({ preset: presetSchema }),
  "preset:delete": z.object({ name: presetSchema.shape.name }),

  "template:list": z.object({}),
  /** The user's own; text with `{{placeholders}}`. Written to the home's `prompts/` folder. */
  "template:save": z.object({ name: z.string().regex(/^[A-Za-z0-9 _-]{1,60}$/), text: z.string().min(1).max(20_000) }),
  "template:delete": z.object({ name: z.string().regex(/^[A-Za-z0-9 _-]{1,60}$/) }),
} as const satisfies Record<string, z.ZodType>;

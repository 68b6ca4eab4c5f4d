import { z } from "zod";
import { chatRequestSchemas, requestIdSchema } from "./chatRequests.js";
import {
  type Conversation,
  type Message,
  maxMessageLength,
  type PromptCount,
  type PromptTemplate,
  type SearchHit,
  type Settings,
} from "./conversation.js";
import { type GenerationEvent, generationIdSchema, prioritySchema } from "./generation.js";
import { type InstallableModel, type InstallProgress, installRequestSchema } from "./install.js";
import { type LoadPlan, loadSettingsSchema } from "./loadSettings.js";
import { type ModelInfo, modelIdSchema } from "./model.js";
import type { ErrorInfo, Result } from "./result.js";
import { samplingSchema } from "./sampling.js";

const textSchema = z.string().max(maxMessageLength);

/** One turn of a chat that is not stored on the server. */
export const chatTurnSchema = z.object({ role: z.enum(["system", "user", "assistant"]), content: textSchema });
export type ChatTurn = z.infer<typeof chatTurnSchema>;

/** Every request a client may send, by event name. Answers are in {@link Answers}; rules in docs/protocol.md. */
export const requestSchemas = {
  "server:info": z.object({}),
  "model:list": z.object({}),
  "model:load": z.object({ modelId: modelIdSchema }),
  "model:unload": z.object({ modelId: modelIdSchema }),
  /** A pinned model stays in memory once it is there, for as long as this server runs. */
  "model:pin": z.object({ modelId: modelIdSchema, pinned: z.boolean() }),
  /** What the model would take in memory with these settings; left out: with those that are chosen. */
  "model:plan": z.object({ modelId: modelIdSchema, settings: loadSettingsSchema.optional() }),
  /** Chooses how the model is to be held, whole; one that is in memory is loaded again. */
  "model:configure": z.object({ modelId: modelIdSchema, settings: loadSettingsSchema }),
  /** Deletes an installed model from the disk. */
  "model:remove": z.object({ modelId: modelIdSchema }),

  "install:list": z.object({}),
  /** Also goes on with an install that was paused or failed. */
  "install:start": installRequestSchema,
  "install:pause": z.object({ modelId: modelIdSchema }),
  /** Deletes what was fetched. */
  "install:cancel": z.object({ modelId: modelIdSchema }),

  "generation:start": z
    .object({
      requestId: requestIdSchema.optional(),
      modelId: modelIdSchema,
      /** A chat, put into the model's prompt format … */
      messages: z.array(chatTurnSchema).min(1).max(2000).optional(),
      /** … or a text to continue as it stands. */
      prompt: textSchema.optional(),
      sampling: samplingSchema.optional(),
      /** When the context is full: end or refuse (the default), or drop the older half of what it holds and go on. */
      contextOverflow: z.enum(["refuse", "shift"]).optional(),
      /** Left out: `watched`. */
      priority: prioritySchema.optional(),
    })
    .refine((request) => (request.messages === undefined) !== (request.prompt === undefined), {
      message: "give either messages or prompt",
      path: ["messages"],
    }),
  "generation:follow": z.object({ generationId: generationIdSchema, afterSeq: z.int().min(0) }),
  "generation:unfollow": z.object({ generationId: generationIdSchema }),
  "generation:stop": z.object({ generationId: generationIdSchema }),

  ...chatRequestSchemas,
} as const satisfies Record<string, z.ZodType>;

export type RequestName = keyof typeof requestSchemas;
export type Requests = { [Name in RequestName]: z.infer<(typeof requestSchemas)[Name]> };

/** What a successful request answers. */
export interface Answers {
  /**
   * `account`: tells whose chats these are from others that are opened in the same browser.
   * `notices`: what went wrong at the start and should be shown until somebody has seen it.
   */
  "server:info": {
    version: string;
    protocolVersion: number;
    homePath: string;
    account: string;
    notices?: ErrorInfo[];
  };
  "model:list": { models: ModelInfo[] };
  "model:load": Record<string, never>;
  "model:unload": Record<string, never>;
  "model:pin": Record<string, never>;
  "model:plan": { plan: LoadPlan };
  "model:configure": { plan: LoadPlan };
  "model:remove": Record<string, never>;
  /** `installs`: the newest state of each that runs, waits, was paused, failed or finished; `install:progress` goes on from there. */
  "install:list": { installable: InstallableModel[]; installs: InstallProgress[] };
  "install:start": { install: InstallProgress };
  "install:pause": Record<string, never>;
  "install:cancel": Record<string, never>;
  "generation:start": { generationId: string };
  "generation:follow": { lastSeq: number; ended: boolean };
  "generation:unfollow": Record<string, never>;
  /** `stopped` is false when it had ended already. */
  "generation:stop": { stopped: boolean };
  "conversation:list": { conversations: Conversation[] };
  "conversation:open": { conversation: Conversation; messages: Message[] };
  "conversation:leave": Record<string, never>;
  "conversation:search": { hits: SearchHit[] };
  "conversation:update": { conversation: Conversation };
  "conversation:delete": Record<string, never>;
  "conversation:restore": { conversation: Conversation };
  "conversation:branch": { conversation: Conversation };
  "chat:send": { conversation: Conversation; userMessage: Message; reply: Message };
  "chat:regenerate": { conversation: Conversation; reply: Message };
  "chat:continue": { conversation: Conversation; reply: Message };
  "chat:count": PromptCount;
  /** `headMessageId` of the conversation is a message that is still there. */
  "message:delete": { conversation: Conversation };
  "message:restore": { conversation: Conversation };
  "message:rate": { message: Message };
  "settings:get": { settings: Settings };
  "settings:set": { settings: Settings };
  "preset:save": { settings: Settings };
  "preset:delete": { settings: Settings };
  "template:list": { templates: PromptTemplate[] };
  "template:save": { templates: PromptTemplate[] };
  "template:delete": { templates: PromptTemplate[] };
}

/** Acknowledgement callbacks, one per request. */
export type ClientToServerEvents = {
  [Name in RequestName]: (request: Requests[Name], acknowledge: (result: Result<Answers[Name]>) => void) => void;
};

export interface ServerToClientEvents {
  /** Entries of a followed generation's log, in order, none left out. */
  "generation:events": (event: { generationId: string; events: GenerationEvent[] }) => void;
  /** To everyone: the models that changed, whole. */
  "model:changed": (event: { models: ModelInfo[] }) => void;
  /** To everyone: the model is gone. */
  "model:removed": (event: { modelId: string }) => void;
  /** To everyone: all there is to know about one install now. */
  "install:progress": (event: { install: InstallProgress }) => void;
  /** To those who have the conversation open: what is new or different. */
  "conversation:changed": (event: { conversation: Conversation; messages: Message[] }) => void;
  /** To everyone: the list changed. */
  "conversation:listed": (event: { conversation: Conversation }) => void;
  "conversation:deleted": (event: { conversationId: string }) => void;
  /** To those who have the conversation open. */
  "message:deleted": (event: { conversationId: string; messageIds: string[] }) => void;
  /** To everyone: the stored parameters, whole. */
  "settings:changed": (event: { settings: Settings }) => void;
}

import { z } from "zod";
import { AppError } from "../platform/AppError.js";
import {
  attachmentIdSchema,
  type Conversation,
  conversationSchema,
  type Message,
  maxMessageLength,
  messageSchema,
} from "../protocol/conversation.js";
import { listOf, recordOf } from "../protocol/listOf.js";

/** A conversation as it comes from a file; ids are the file's own and are replaced when it is stored. */
export interface ImportedConversation {
  /** Where the file is an export of Cria: what the conversation was called there. */
  id?: string;
  title: string;
  /** 0 where the file has no time; those of messages, too. */
  createdAtMs: number;
  updatedAtMs: number;
  headMessageId: string | undefined;
  messages: ImportedMessage[];
  /** What only Cria's own form knows. */
  more?: Pick<Conversation, "modelId" | "pinned" | "settings">;
  /** The texts of attached files, by the ids that the messages have for them. */
  files?: ReadonlyMap<string, string>;
}

export interface ImportedMessage {
  id: string;
  parentId: string | undefined;
  role: "user" | "assistant";
  text: string;
  createdAtMs: number;
  modelId: string | undefined;
  /** What only Cria's own form knows. */
  more?: Pick<Message, "attachments" | "stopReason" | "stats" | "error" | "readFromMessageId" | "summary" | "rating">;
}

/** More than anyone has; a file with more is not what it says. */
const maxConversations = 20_000;
const maxMessages = 100_000;
/** ChatGPT has nodes without a text between the messages. */
const maxNodes = 3 * maxMessages;

/** As what can be attached. */
const fileTextSchema = z
  .string()
  .max(maxMessageLength)
  .refine((text) => !text.includes("\0"));

const criaSchema = z.object({
  format: z.literal("cria-conversation"),
  formatVersion: z.literal(1),
  conversation: conversationSchema.partial({ pinned: true, temporary: true, settings: true }),
  messages: listOf(messageSchema, { max: maxMessages }),
  files: listOf(z.object({ id: attachmentIdSchema, text: fileTextSchema }), { max: maxMessages }).default([]),
});

/** ChatGPT's data export: `conversations.json`. A mapping of nodes, of which only those with a user's or assistant's text count. */
const chatGptSchema = z.object({
  title: z.string().nullish(),
  create_time: z.number().nullish(),
  update_time: z.number().nullish(),
  current_node: z.string().nullish(),
  mapping: recordOf(
    z.object({
      id: z.string(),
      parent: z.string().nullish(),
      message: z
        .object({
          author: z.object({ role: z.string() }),
          create_time: z.number().nullish(),
          content: z.object({ content_type: z.string().optional(), parts: z.array(z.unknown()).optional() }).loose(),
        })
        .loose()
        .nullish(),
    }),
    { max: maxNodes },
  ),
});

/** llama.cpp's page: `{conv, messages}`, or a list of them; messages have `parent` and `convId`. */
const llamaSchema = z.object({
  conv: z.object({
    id: z.string(),
    name: z.string().nullish(),
    lastModified: z.number().nullish(),
    currNode: z.union([z.string(), z.number()]).nullish(),
  }),
  messages: listOf(
    z.object({
      id: z.union([z.string(), z.number()]),
      parent: z.union([z.string(), z.number()]).nullish(),
      role: z.string().nullish(),
      type: z.string().nullish(),
      content: z.string().nullish(),
      timestamp: z.number().nullish(),
      model: z.string().nullish(),
    }),
    { max: maxMessages },
  ),
});

/**
 * Reads one conversation after the other from a parsed JSON file of Cria, ChatGPT or llama.cpp's page: one, or a list of them.
 * Throws `bad_request` for anything else; conversations without a single text are left out.
 */
export function* readImport(file: unknown): Generator<ImportedConversation> {
  const list = Array.isArray(file) ? file : [file];
  if (list.length > maxConversations)
    throw new AppError("bad_request", `The file has ${list.length} conversations.`, {
      hint: `At most ${maxConversations} are read at once.`,
    });
  for (const [index, value] of list.entries()) {
    const conversation = readOne(value, index);
    if (conversation.messages.length > 0) yield conversation;
  }
}

function readOne(value: unknown, index: number): ImportedConversation {
  const cria = criaSchema.safeParse(value);
  if (cria.success) return fromCria(cria.data);
  const chatGpt = chatGptSchema.safeParse(value);
  if (chatGpt.success) return fromChatGpt(chatGpt.data);
  const llama = llamaSchema.safeParse(value);
  if (llama.success) return fromLlama(llama.data);
  throw new AppError("bad_request", `Conversation ${index + 1} of the file is in no form that is known here.`, {
    hint: "Known are exports of Cria, of ChatGPT (conversations.json) and of llama.cpp's page.",
  });
}

function fromCria({ conversation, messages, files }: z.infer<typeof criaSchema>): ImportedConversation {
  const { modelId: chatModelId, pinned = false, settings = {} } = conversation;
  return {
    id: conversation.id,
    title: conversation.title,
    createdAtMs: conversation.createdAtMs,
    updatedAtMs: conversation.updatedAtMs,
    headMessageId: conversation.headMessageId,
    messages: messages.map(
      ({
        id,
        parentId,
        role,
        text,
        createdAtMs,
        modelId,
        conversationId: _,
        generationId: __,
        status: ___,
        ...more
      }) => ({
        id,
        parentId,
        role,
        text,
        createdAtMs,
        modelId,
        more,
      }),
    ),
    more: { pinned, settings, ...(chatModelId === undefined ? {} : { modelId: chatModelId }) },
    files: new Map(files.map(({ id, text }) => [id, text])),
  };
}

function fromChatGpt(data: z.infer<typeof chatGptSchema>): ImportedConversation {
  const nodes = data.mapping;
  /** What is kept, each read once, however many hang on it. */
  const turns = new Map<string, { role: "user" | "assistant"; text: string }>();
  for (const [id, { message }] of nodes) {
    const role = message?.author.role;
    if (role !== "user" && role !== "assistant") continue;
    const text = (message?.content.parts ?? []).filter((part) => typeof part === "string").join("\n\n");
    if (text.trim() !== "") turns.set(id, { role, text });
  }
  /** The nearest ancestor that is kept: hidden nodes in between are skipped. */
  const kept = new Map<string, string | undefined>();
  const keptParent = (id: string): string | undefined => {
    const passed = new Set<string>();
    let at = id;
    while (!kept.has(at) && !passed.has(at)) {
      passed.add(at);
      const parent = nodes.get(at)?.parent;
      if (parent == null || turns.has(parent)) kept.set(at, parent ?? undefined);
      else at = parent;
    }
    const found = kept.get(at);
    for (const node of passed) kept.set(node, found);
    return found;
  };
  const messages: ImportedMessage[] = [];
  for (const [id, turn] of turns) {
    messages.push({
      id,
      parentId: keptParent(id),
      ...cut(turn),
      createdAtMs: (nodes.get(id)?.message?.create_time ?? 0) * 1000,
      modelId: undefined,
    });
  }
  const current = data.current_node ?? undefined;
  const headMessageId = current !== undefined && !turns.has(current) ? keptParent(current) : current;
  return {
    title: data.title ?? "",
    createdAtMs: (data.create_time ?? 0) * 1000,
    updatedAtMs: (data.update_time ?? data.create_time ?? 0) * 1000,
    headMessageId,
    messages,
  };
}

function fromLlama({ conv, messages }: z.infer<typeof llamaSchema>): ImportedConversation {
  const kept = new Map(
    messages
      .filter(({ role, type, content }) => type !== "root" && (role === "user" || role === "assistant") && content)
      .map((message) => [String(message.id), message]),
  );
  const times = [...kept.values()].map(({ timestamp }) => timestamp ?? 0).filter((timeMs) => timeMs > 0);
  return {
    title: conv.name ?? "",
    // The file has no time for it, but the first message's stays the same when the chat goes on.
    createdAtMs: times.reduce((first, timeMs) => Math.min(first, timeMs), times[0] ?? 0),
    updatedAtMs: conv.lastModified ?? 0,
    headMessageId: conv.currNode == null ? undefined : String(conv.currNode),
    messages: [...kept.values()].map((message) => ({
      id: String(message.id),
      parentId: message.parent != null && kept.has(String(message.parent)) ? String(message.parent) : undefined,
      ...cut({ role: message.role === "user" ? "user" : "assistant", text: message.content ?? "" }),
      createdAtMs: message.timestamp ?? 0,
      modelId: undefined,
    })),
  };
}

function cut({ role, text }: { role: "user" | "assistant"; text: string }): {
  role: "user" | "assistant";
  text: string;
} {
  return { role, text: text.slice(0, maxMessageLength) };
}

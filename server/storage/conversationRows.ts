import type { Attachment, Conversation, Message } from "../protocol/conversation.js";

export interface ConversationRow {
  id: string;
  title: string;
  model_id: string | null;
  created_at_ms: number;
  updated_at_ms: number;
  head_message_id: string | null;
  pinned: number;
  settings: string | null;
  generating: number;
}

export interface MessageRow {
  id: string;
  conversation_id: string;
  parent_id: string | null;
  role: Message["role"];
  text: string;
  status: Message["status"];
  model_id: string | null;
  generation_id: string | null;
  stop_reason: Message["stopReason"] | null;
  stats: string | null;
  error: string | null;
  created_at_ms: number;
  read_from_message_id: string | null;
  summary: string | null;
  rating: Message["rating"] | null;
}

export function toConversation(row: ConversationRow, temporary: boolean): Conversation {
  return {
    id: row.id,
    title: row.title,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    pinned: row.pinned === 1,
    temporary,
    settings: row.settings === null ? {} : JSON.parse(row.settings),
    ...(row.generating === 1 ? { generating: true as const } : {}),
    ...(row.model_id === null ? {} : { modelId: row.model_id }),
    ...(row.head_message_id === null ? {} : { headMessageId: row.head_message_id }),
  };
}

/** `text` is the row's own, or the pieces of a reply that is being made. */
export function toMessage(row: MessageRow, text: string, attachments: Attachment[]): Message {
  return {
    id: row.id,
    conversationId: row.conversation_id,
    role: row.role,
    text,
    createdAtMs: row.created_at_ms,
    status: row.status,
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(row.parent_id === null ? {} : { parentId: row.parent_id }),
    ...(row.model_id === null ? {} : { modelId: row.model_id }),
    ...(row.generation_id === null ? {} : { generationId: row.generation_id }),
    ...(row.stop_reason === null ? {} : { stopReason: row.stop_reason }),
    ...(row.stats === null ? {} : { stats: JSON.parse(row.stats) }),
    ...(row.error === null ? {} : { error: JSON.parse(row.error) }),
    ...(row.read_from_message_id === null ? {} : { readFromMessageId: row.read_from_message_id }),
    ...(row.summary === null ? {} : { summary: row.summary }),
    ...(row.rating === null ? {} : { rating: row.rating }),
  };
}

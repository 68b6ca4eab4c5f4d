import type { Conversation, Message } from "../../server/protocol/conversation.js";

/** A message for tests; its time follows from its id's number, so that `m2` is newer than `m1`. */
export function testMessage(id: string, parentId: string | undefined, rest: Partial<Message> = {}): Message {
  return {
    id,
    conversationId: "c1",
    ...(parentId === undefined ? {} : { parentId }),
    role: "user",
    text: `text of ${id}`,
    createdAtMs: Number(id.replace(/\D/g, "")),
    status: "complete",
    ...rest,
  };
}

export function testConversation(id: string, rest: Partial<Conversation> = {}): Conversation {
  return {
    id,
    title: `Title of ${id}`,
    createdAtMs: 1,
    updatedAtMs: 1,
    pinned: false,
    temporary: false,
    settings: {},
    ...rest,
  };
}

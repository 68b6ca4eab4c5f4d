import type { Conversation, Message, PromptCount } from "../../server/protocol/conversation.js";

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

/** A count of so many tokens, the draft's among them. */
export function testCount(promptTokens: number, draftTokens = 0): PromptCount {
  return { promptTokens, draftTokens, contextTokens: 2048, systemTokens: 0, summaryTokens: 0, notSentTokens: 0 };
}

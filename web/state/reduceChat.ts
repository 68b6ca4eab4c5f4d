import type { Conversation, Message } from "../../server/protocol/conversation.js";
import type { AppEvent } from "./AppEvent.js";
import { type ChatState, emptyChat } from "./AppState.js";
import { buildMessageTree, latestLeafBelow } from "./buildMessageTree.js";

function withMessages(known: ChatState["messages"], news: readonly Message[]): ChatState["messages"] {
  if (news.length === 0) return known;
  const messages = { ...known };
  for (const message of news) messages[message.id] = message;
  return messages;
}

/** The reader keeps the branch they look at until the server's own head moves (something was sent, here or in another tab). */
function nextHead(state: ChatState, conversation: Conversation): string | undefined {
  // The server's answer to an earlier choice must not undo a later one.
  if (state.unconfirmedChoices > 0) return state.headId;
  return conversation.headMessageId === state.conversation?.headMessageId ? state.headId : conversation.headMessageId;
}

/** The pending message has arrived when a user's message of the same text follows the same parent. */
function stillPending(state: ChatState, news: readonly Message[]): ChatState["pendingSend"] {
  const pending = state.pendingSend;
  if (!pending || pending.error) return pending;
  const arrived = news.some(
    (message) =>
      message.role === "user" &&
      message.text === pending.text &&
      message.parentId === pending.parentId &&
      !state.messages[message.id],
  );
  return arrived ? undefined : pending;
}

/** Takes messages away. A reader who looked at one of them is shown what is left of that branch. */
function withoutMessages(state: ChatState, messageIds: readonly string[]): ChatState {
  const gone = new Set(messageIds);
  const messages = Object.fromEntries(Object.entries(state.messages).filter(([id]) => !gone.has(id)));
  let headId = state.headId;
  const seen = new Set<string>();
  while (headId !== undefined && gone.has(headId) && !seen.has(headId)) {
    seen.add(headId);
    headId = state.messages[headId]?.parentId;
  }
  const editing = state.editing && gone.has(state.editing.messageId) ? undefined : state.editing;
  if (headId === state.headId) return { ...state, messages, editing };
  return { ...state, messages, editing, headId: latestLeafBelow(buildMessageTree(Object.values(messages)), headId) };
}

/** The chat that is open. */
export function reduceChat(state: ChatState, event: AppEvent): ChatState {
  switch (event.type) {
    case "chatLeft":
      return {
        ...emptyChat,
        conversationId: event.conversationId,
        status: event.conversationId === undefined ? "ready" : "opening",
        draft: event.draft,
        foundMessageId: event.foundMessageId,
      };
    case "chatOpened": {
      if (event.conversation.id !== state.conversationId) return state;
      const messages = withMessages({}, event.messages);
      const found = state.foundMessageId !== undefined && messages[state.foundMessageId] && !state.conversation;
      const head = found
        ? latestLeafBelow(buildMessageTree(event.messages), state.foundMessageId)
        : nextHead(state, event.conversation);
      const headId = head !== undefined && messages[head] ? head : event.conversation.headMessageId;
      return {
        ...state,
        status: "ready",
        error: undefined,
        conversation: event.conversation,
        messages,
        headId,
        overflow: state.overflow === "refuse" ? overflowOf(messages[headId ?? ""]) : state.overflow,
        pendingSend: stillPending(state, event.messages),
      };
    }
    case "chatOpenFailed":
      if (event.conversationId !== state.conversationId) return state;
      // What is on the screen already stays readable.
      if (state.conversation && event.error.code !== "conversation_not_found") return state;
      return {
        ...state,
        status: event.error.code === "conversation_not_found" ? "missing" : "failed",
        error: event.error,
      };
    case "chatChanged":
      if (event.conversation.id !== state.conversationId) return state;
      return {
        ...state,
        conversation: event.conversation,
        messages: withMessages(state.messages, event.messages),
        headId: nextHead(state, event.conversation),
        pendingSend: stillPending(state, event.messages),
      };
    case "messagesDeleted":
      return event.conversationId === state.conversationId ? withoutMessages(state, event.messageIds) : state;
    case "temporaryChosen":
      return { ...state, temporary: true };
    case "foundMessageShown":
      return { ...state, foundMessageId: undefined };
    case "editBegun":
      return { ...state, editing: { messageId: event.messageId, text: event.text } };
    case "editEnded":
      return { ...state, editing: undefined };
    case "overflowChosen":
      return { ...state, overflow: event.overflow };
    case "conversationDeleted":
      return event.conversationId === state.conversationId ? { ...state, status: "missing" } : state;
    case "draftChanged":
      return { ...state, draft: event.draft };
    case "sendBegun":
      return { ...state, pendingSend: event.pending };
    case "sendAnswered":
      if (state.conversationId !== undefined && event.conversation.id !== state.conversationId) return state;
      // The reader went to an empty chat while the answer was on its way.
      if (state.conversationId === undefined && state.pendingSend?.requestId !== event.requestId) return state;
      return {
        ...state,
        conversationId: event.conversation.id,
        conversation: event.conversation,
        messages: withMessages(state.messages, [event.userMessage, event.reply]),
        headId: event.reply.id,
        pendingSend: state.pendingSend?.requestId === event.requestId ? undefined : state.pendingSend,
        sentMessageId: event.userMessage.id,
      };
    case "sendFailed":
      if (state.pendingSend?.requestId !== event.requestId) return state;
      return { ...state, pendingSend: { ...state.pendingSend, error: event.error } };
    case "sendTakenBack":
      return { ...state, pendingSend: undefined };
    case "textQueued":
      return { ...state, queuedText: event.text, queuedAttachments: event.attachments ?? [] };
    case "queueEmptied":
      return { ...state, queuedText: undefined, queuedAttachments: [] };
    case "versionChosen":
      return {
        ...state,
        headId: latestLeafBelow(buildMessageTree(Object.values(state.messages)), event.messageId),
        unconfirmedChoices: state.unconfirmedChoices + (event.unconfirmed ? 1 : 0),
      };
    case "versionConfirmed":
      return { ...state, unconfirmedChoices: Math.max(0, state.unconfirmedChoices - 1) };
    case "contextCounted":
      return { ...state, count: event.count };
    default:
      return state;
  }
}

/** What the reader has decided in this chat before: its last reply tells it. */
function overflowOf(last: Message | undefined): ChatState["overflow"] {
  if (last?.readFromMessageId === undefined) return "refuse";
  return last.summary === undefined ? "dropOldest" : "summarise";
}

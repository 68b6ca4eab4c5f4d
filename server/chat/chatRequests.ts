import type { Answers, Requests } from "../protocol/events.js";
import type { ChatAccounts } from "./ChatAccounts.js";
import type { Asker } from "./ReplyMaker.js";

/** Requests that change a conversation, or need what the server that serves it has in its memory. */
export const chatRequestNames = [
  "conversation:list",
  "conversation:open",
  "conversation:update",
  "conversation:delete",
  "conversation:restore",
  "conversation:branch",
  "chat:send",
  "chat:regenerate",
  "chat:continue",
  "chat:count",
  "message:delete",
  "message:restore",
  "message:rate",
] as const;
export type ChatRequestName = (typeof chatRequestNames)[number];

/** Who asks, and what is not said in the request itself. */
export interface ChatAsker extends Asker {
  /** Called when a conversation is opened, before anything else happens in it. */
  opened?(): Promise<void> | void;
  /** The id that a new conversation gets, if it is known already. */
  newConversationId?: string | undefined;
}

/** Carries one out, for whom asks: here, or where the conversation is served. Throws what the chat services throw. */
export type PerformChatRequest = <Name extends ChatRequestName>(
  name: Name,
  request: Requests[Name],
  by: ChatAsker,
) => Promise<Answers[Name]>;

type Performers = {
  [Name in ChatRequestName]: (request: Requests[Name], by: ChatAsker) => Promise<Answers[Name]>;
};

/** Carries them out in this process: whatever is asked for is looked for among the asker's own chats alone ([T6]). */
export function performHere(accounts: ChatAccounts): PerformChatRequest {
  const own = ({ principal }: Asker) => accounts.of(principal.owner);
  const performers: Performers = {
    "conversation:list": async (_, by) => ({ conversations: await (await own(by)).conversations.list() }),
    "conversation:open": async ({ conversationId }, by) =>
      (await own(by)).conversations.open(conversationId, by.opened),
    "conversation:update": async (request, by) => ({
      conversation: await (await own(by)).conversations.update(request),
    }),
    "conversation:delete": async ({ conversationId }, by) => {
      await (await own(by)).conversations.delete(conversationId);
      return {};
    },
    "conversation:restore": async ({ conversationId }, by) => ({
      conversation: await (await own(by)).conversations.restore(conversationId),
    }),
    "conversation:branch": async ({ messageId }, by) => ({
      conversation: await (await own(by)).conversations.branch(messageId),
    }),
    "chat:send": async (request, by) => (await own(by)).chat.send(request, by, by.newConversationId),
    "chat:regenerate": async (request, by) => (await own(by)).chat.regenerate(request, by),
    "chat:continue": async (request, by) => (await own(by)).chat.continue(request, by),
    "chat:count": async (request, by) => (await own(by)).chat.count(request),
    "message:delete": async ({ messageId }, by) => ({
      conversation: await (await own(by)).conversations.deleteMessage(messageId),
    }),
    "message:restore": async ({ messageId }, by) => ({
      conversation: await (await own(by)).conversations.restoreMessage(messageId),
    }),
    "message:rate": async ({ messageId, rating }, by) => ({
      message: await (await own(by)).conversations.rate(messageId, rating),
    }),
  };
  return (name, request, by) => performers[name](request, by);
}

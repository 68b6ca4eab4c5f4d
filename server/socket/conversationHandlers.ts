import type { ChatAccount, ChatAccounts } from "../chat/ChatAccounts.js";
import type { Asker } from "../chat/ReplyMaker.js";
import { readPromptTemplates } from "../prompts/readPromptTemplates.js";
import { deletePromptTemplate, writePromptTemplate } from "../prompts/writePromptTemplate.js";
import type { chatRequestSchemas } from "../protocol/chatRequests.js";
import { conversationRoom } from "./conversationRoom.js";
import type { Client, Handlers } from "./Handlers.js";

export interface ConversationServices {
  accounts: ChatAccounts;
  /** Absolute: the templates that ship, and the user's own. */
  promptFolders: { builtInPath: string; ownPath: string };
}

/** The requests about stored chats, their parameters and prompt templates. */
export function conversationHandlers({
  accounts,
  promptFolders,
}: ConversationServices): Pick<Handlers, keyof typeof chatRequestSchemas> {
  // Whatever is asked for is looked for among the asker's own chats alone.
  const own = ({ principal }: Client): Promise<ChatAccount> => accounts.of(principal.owner);
  const asker = ({ socket, principal }: Client): Asker => ({ principal, client: socket.id });
  const templates = async () => ({ templates: await readPromptTemplates(promptFolders) });
  return {
    "conversation:list": async (_, client) => ({ conversations: await (await own(client)).conversations.list() }),
    "conversation:open": async ({ conversationId }, client) =>
      (await own(client)).conversations.open(conversationId, () =>
        client.socket.join(conversationRoom(conversationId)),
      ),
    "conversation:leave": async ({ conversationId }, client) => {
      await client.socket.leave(conversationRoom(conversationId));
      return {};
    },
    "conversation:search": async ({ query, limit }, client) => ({
      hits: await (await own(client)).conversations.search(query, limit),
    }),
    "conversation:update": async (request, client) => ({
      conversation: await (await own(client)).conversations.update(request),
    }),
    "conversation:delete": async ({ conversationId }, client) => {
      await (await own(client)).conversations.delete(conversationId);
      return {};
    },
    "conversation:restore": async ({ conversationId }, client) => ({
      conversation: await (await own(client)).conversations.restore(conversationId),
    }),
    "conversation:branch": async ({ messageId }, client) => ({
      conversation: await (await own(client)).conversations.branch(messageId),
    }),

    "chat:send": async (request, client) => {
      const sent = await (await own(client)).chat.send(request, asker(client));
      await client.socket.join(conversationRoom(sent.conversation.id));
      return sent;
    },
    "chat:regenerate": async (request, client) => (await own(client)).chat.regenerate(request, asker(client)),
    "chat:continue": async (request, client) => (await own(client)).chat.continue(request, asker(client)),
    "chat:count": async (request, client) => (await own(client)).chat.count(request),
    "message:delete": async ({ messageId }, client) => ({
      conversation: await (await own(client)).conversations.deleteMessage(messageId),
    }),
    "message:restore": async ({ messageId }, client) => ({
      conversation: await (await own(client)).conversations.restoreMessage(messageId),
    }),
    "message:rate": async ({ messageId, rating }, client) => ({
      message: await (await own(client)).conversations.rate(messageId, rating),
    }),

    "settings:get": async (_, client) => ({ settings: await (await own(client)).settings.get() }),
    "settings:set": async ({ scope, value }, client) => ({
      settings: await (await own(client)).settings.set(scope, value),
    }),
    "preset:save": async ({ preset }, client) => ({ settings: await (await own(client)).settings.savePreset(preset) }),
    "preset:delete": async ({ name }, client) => ({ settings: await (await own(client)).settings.deletePreset(name) }),

    "template:list": templates,
    "template:save": async ({ name, text }) => {
      await writePromptTemplate(promptFolders.ownPath, name, text);
      return templates();
    },
    "template:delete": async ({ name }) => {
      await deletePromptTemplate(promptFolders.ownPath, name);
      return templates();
    },
  };
}

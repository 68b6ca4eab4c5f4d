import type { ChatAccount, ChatAccounts } from "../chat/ChatAccounts.js";
import type { Asker } from "../chat/ChatService.js";
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
  const own = ({ principal }: Client): ChatAccount => accounts.of(principal.owner);
  const asker = ({ socket, principal }: Client): Asker => ({ principal, client: socket.id });
  const templates = async () => ({ templates: await readPromptTemplates(promptFolders) });
  return {
    "conversation:list": (_, client) => ({ conversations: own(client).conversations.list() }),
    "conversation:open": async ({ conversationId }, client) => {
      const opened = own(client).conversations.open(conversationId);
      await client.socket.join(conversationRoom(conversationId));
      return opened;
    },
    "conversation:leave": async ({ conversationId }, client) => {
      await client.socket.leave(conversationRoom(conversationId));
      return {};
    },
    "conversation:search": ({ query, limit }, client) => ({ hits: own(client).conversations.search(query, limit) }),
    "conversation:update": (request, client) => ({ conversation: own(client).conversations.update(request) }),
    "conversation:delete": ({ conversationId }, client) => {
      own(client).conversations.delete(conversationId);
      return {};
    },
    "conversation:restore": ({ conversationId }, client) => ({
      conversation: own(client).conversations.restore(conversationId),
    }),
    "conversation:branch": ({ messageId }, client) => ({ conversation: own(client).conversations.branch(messageId) }),

    "chat:send": async (request, client) => {
      const sent = own(client).chat.send(request, asker(client));
      await client.socket.join(conversationRoom(sent.conversation.id));
      return sent;
    },
    "chat:regenerate": (request, client) => own(client).chat.regenerate(request, asker(client)),
    "chat:continue": (request, client) => own(client).chat.continue(request, asker(client)),
    "chat:count": (request, client) => own(client).chat.count(request),
    "message:delete": ({ messageId }, client) => ({ conversation: own(client).conversations.deleteMessage(messageId) }),
    "message:restore": ({ messageId }, client) => ({
      conversation: own(client).conversations.restoreMessage(messageId),
    }),
    "message:rate": ({ messageId, rating }, client) => ({ message: own(client).conversations.rate(messageId, rating) }),

    "settings:get": (_, client) => ({ settings: own(client).settings.get() }),
    "settings:set": ({ scope, value }, client) => ({ settings: own(client).settings.set(scope, value) }),
    "preset:save": ({ preset }, client) => ({ settings: own(client).settings.savePreset(preset) }),
    "preset:delete": ({ name }, client) => ({ settings: own(client).settings.deletePreset(name) }),

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

import type { ChatAccount, ChatAccounts } from "../chat/ChatAccounts.js";
import type { ChatAsker, PerformChatRequest } from "../chat/chatRequests.js";
import { readPromptTemplates } from "../prompts/readPromptTemplates.js";
import { deletePromptTemplate, writePromptTemplate } from "../prompts/writePromptTemplate.js";
import type { chatRequestSchemas } from "../protocol/chatRequests.js";
import { conversationRoom } from "./conversationRoom.js";
import type { Client, Handlers } from "./Handlers.js";

export interface ConversationServices {
  accounts: ChatAccounts;
  /** Carries out what changes conversations, here or on another node. */
  chats: PerformChatRequest;
  /** Absolute: the templates that ship, and the user's own. */
  promptFolders: { builtInPath: string; ownPath: string };
}

/** The requests about stored chats, their parameters and prompt templates. */
export function conversationHandlers({
  accounts,
  chats,
  promptFolders,
}: ConversationServices): Pick<Handlers, keyof typeof chatRequestSchemas> {
  // Whatever is asked for is looked for among the asker's own chats alone.
  const own = ({ principal }: Client): Promise<ChatAccount> => accounts.of(principal.owner);
  const asker = ({ socket, principal }: Client): ChatAsker => ({ principal, client: socket.id });
  const templates = async () => ({ templates: await readPromptTemplates(promptFolders) });
  return {
    "conversation:list": (request, client) => chats("conversation:list", request, asker(client)),
    "conversation:open": (request, client) =>
      chats("conversation:open", request, {
        ...asker(client),
        opened: () => client.socket.join(conversationRoom(request.conversationId)),
      }),
    "conversation:leave": async ({ conversationId }, client) => {
      await client.socket.leave(conversationRoom(conversationId));
      return {};
    },
    "conversation:search": async ({ query, limit }, client) => ({
      hits: await (await own(client)).conversations.search(query, limit),
    }),
    "conversation:update": (request, client) => chats("conversation:update", request, asker(client)),
    "conversation:delete": (request, client) => chats("conversation:delete", request, asker(client)),
    "conversation:restore": (request, client) => chats("conversation:restore", request, asker(client)),
    "conversation:branch": (request, client) => chats("conversation:branch", request, asker(client)),

    "chat:send": async (request, client) => {
      const sent = await chats("chat:send", request, asker(client));
      await client.socket.join(conversationRoom(sent.conversation.id));
      return sent;
    },
    "chat:regenerate": (request, client) => chats("chat:regenerate", request, asker(client)),
    "chat:continue": (request, client) => chats("chat:continue", request, asker(client)),
    "chat:count": (request, client) => chats("chat:count", request, asker(client)),
    "message:delete": (request, client) => chats("message:delete", request, asker(client)),
    "message:restore": (request, client) => chats("message:restore", request, asker(client)),
    "message:rate": (request, client) => chats("message:rate", request, asker(client)),

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

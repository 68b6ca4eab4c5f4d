import type { ChatService } from "../chat/ChatService.js";
import type { ConversationService } from "../chat/ConversationService.js";
import type { SettingsService } from "../chat/SettingsService.js";
import { readPromptTemplates } from "../prompts/readPromptTemplates.js";
import { deletePromptTemplate, writePromptTemplate } from "../prompts/writePromptTemplate.js";
import type { chatRequestSchemas } from "../protocol/chatRequests.js";
import { conversationRoom } from "./conversationRoom.js";
import type { Handlers } from "./Handlers.js";

export interface ConversationServices {
  chat: ChatService;
  conversations: ConversationService;
  settings: SettingsService;
  /** Absolute: the templates that ship, and the user's own. */
  promptFolders: { builtInPath: string; ownPath: string };
}

/** The requests about stored chats, their parameters and prompt templates. */
export function conversationHandlers({
  chat,
  conversations,
  settings,
  promptFolders,
}: ConversationServices): Pick<Handlers, keyof typeof chatRequestSchemas> {
  const templates = async () => ({ templates: await readPromptTemplates(promptFolders) });
  return {
    "conversation:list": () => ({ conversations: conversations.list() }),
    "conversation:open": async ({ conversationId }, { socket }) => {
      const opened = conversations.open(conversationId);
      await socket.join(conversationRoom(conversationId));
      return opened;
    },
    "conversation:leave": async ({ conversationId }, { socket }) => {
      await socket.leave(conversationRoom(conversationId));
      return {};
    },
    "conversation:search": ({ query, limit }) => ({ hits: conversations.search(query, limit) }),
    "conversation:update": (request) => ({ conversation: conversations.update(request) }),
    "conversation:delete": ({ conversationId }) => {
      conversations.delete(conversationId);
      return {};
    },
    "conversation:restore": ({ conversationId }) => ({ conversation: conversations.restore(conversationId) }),
    "conversation:branch": ({ messageId }) => ({ conversation: conversations.branch(messageId) }),

    "chat:send": async (request, { socket }) => {
      const sent = chat.send(request, socket.id);
      await socket.join(conversationRoom(sent.conversation.id));
      return sent;
    },
    "chat:regenerate": (request, { socket }) => chat.regenerate(request, socket.id),
    "chat:continue": (request, { socket }) => chat.continue(request, socket.id),
    "chat:count": (request) => chat.count(request),
    "message:delete": ({ messageId }) => ({ conversation: conversations.deleteMessage(messageId) }),
    "message:restore": ({ messageId }) => ({ conversation: conversations.restoreMessage(messageId) }),
    "message:rate": ({ messageId, rating }) => ({ message: conversations.rate(messageId, rating) }),

    "settings:get": () => ({ settings: settings.get() }),
    "settings:set": ({ scope, value }) => ({ settings: settings.set(scope, value) }),
    "preset:save": ({ preset }) => ({ settings: settings.savePreset(preset) }),
    "preset:delete": ({ name }) => ({ settings: settings.deletePreset(name) }),

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

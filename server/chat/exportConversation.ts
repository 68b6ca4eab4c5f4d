import type { Conversation, Message } from "../protocol/conversation.js";

/** The text of an attached file, by the id that its message knows it by. */
export interface ExportedFile {
  id: string;
  text: string;
}

/** Cria's own form of a conversation: all that is stored of it. Importing it gives it back, under new ids. */
export interface ExportedConversation {
  format: "cria-conversation";
  formatVersion: 1;
  conversation: Conversation;
  /** The whole tree, parents before their children. */
  messages: Message[];
  /** Exports of before had none. */
  files: ExportedFile[];
}

export function exportAsJson(
  conversation: Conversation,
  messages: readonly Message[],
  files: readonly ExportedFile[],
): ExportedConversation {
  const { generating: _now, ...stored } = conversation;
  return {
    format: "cria-conversation",
    formatVersion: 1,
    conversation: stored,
    messages: [...messages],
    files: [...files],
  };
}

const english = { chat: "Chat", you: "You", model: "Model", attached: "Attached", chats: "chats" };

/** What an export for people says beside the chats themselves. */
export type ExportWords = typeof english;

/** By the page's languages. */
const exportWords: Readonly<{ [language: string]: ExportWords }> = {
  en: english,
  de: { chat: "Chat", you: "Sie", model: "Modell", attached: "Angehängt", chats: "Chats" },
};

/** The words of a language; English ones for a language that has none. */
export function exportWordsOf(language: unknown): ExportWords {
  return (typeof language === "string" && Object.hasOwn(exportWords, language) && exportWords[language]) || english;
}

/** The branch that is shown, for people: a heading per turn, the texts as they are. */
export function exportAsMarkdown(
  conversation: Conversation,
  messages: readonly Message[],
  words: ExportWords = english,
): string {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const path: Message[] = [];
  for (let id = conversation.headMessageId; id !== undefined; id = byId.get(id)?.parentId) {
    const message = byId.get(id);
    if (message === undefined) break;
    path.unshift(message);
  }
  const parts = [`# ${conversation.title || words.chat}`];
  for (const message of path) {
    const files = (message.attachments ?? []).map(({ name }) => `*${words.attached}: ${name}*`);
    const who = message.role === "user" ? words.you : (message.modelId ?? words.model);
    parts.push([`## ${who}`, ...files, message.text].join("\n\n"));
  }
  return `${parts.join("\n\n")}\n`;
}

/** A name that every file system takes: letters of any script with their marks, digits and dashes. */
export function exportFileName({ title }: Pick<Conversation, "title">, extension: "md" | "json"): string {
  const name = title.normalize("NFC").replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, "-");
  // At most four bytes a letter: with a day before it, it stays below the 255 bytes of a name.
  const short = [...name]
    .slice(0, 50)
    .join("")
    .replaceAll(/^-+|-+$/g, "");
  return `${short === "" ? "chat" : short}.${extension}`;
}

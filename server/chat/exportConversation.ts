import type { Conversation, Message } from "../protocol/conversation.js";

/** Cria's own form of a conversation: everything but the texts of attached files' owners elsewhere. Importing it gives it back. */
export interface ExportedConversation {
  format: "cria-conversation";
  formatVersion: 1;
  conversation: Conversation;
  /** The whole tree, parents before their children. */
  messages: Message[];
}

export function exportAsJson(conversation: Conversation, messages: readonly Message[]): ExportedConversation {
  const { generating: _now, ...stored } = conversation;
  return { format: "cria-conversation", formatVersion: 1, conversation: stored, messages: [...messages] };
}

/** The branch that is shown, for people: a heading per turn, the texts as they are. */
export function exportAsMarkdown(conversation: Conversation, messages: readonly Message[]): string {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const path: Message[] = [];
  for (let id = conversation.headMessageId; id !== undefined; id = byId.get(id)?.parentId) {
    const message = byId.get(id);
    if (message === undefined) break;
    path.unshift(message);
  }
  const parts = [`# ${conversation.title}`];
  for (const message of path) {
    const files = (message.attachments ?? []).map(({ name }) => `*Attached: ${name}*`);
    const who = message.role === "user" ? "You" : (message.modelId ?? "Model");
    parts.push([`## ${who}`, ...files, message.text].join("\n\n"));
  }
  return `${parts.join("\n\n")}\n`;
}

/** A name that every file system takes. */
export function exportFileName(conversation: Conversation, extension: "md" | "json"): string {
  const name = conversation.title
    .normalize("NFKD")
    .replaceAll(/[^A-Za-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 60);
  return `${name === "" ? "chat" : name}.${extension}`;
}

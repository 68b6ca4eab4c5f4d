import type { Conversation, Message } from "../protocol/conversation.js";
import type { ChatStores } from "../storage/ChatStores.js";
import type { NewAttachment } from "../storage/ConversationStore.js";
import type { ChatFeed } from "./ChatFeed.js";
import { type ImportedConversation, type ImportedMessage, readImport } from "./readImport.js";

/** What a file would bring, for people to look at before they take it. */
export interface ImportPreview {
  title: string;
  messageCount: number;
  updatedAtMs: number;
}

/** Takes conversations from files of Cria, ChatGPT and llama.cpp's page. */
export class ImportService {
  readonly #stores: ChatStores;
  readonly #feed: ChatFeed;

  constructor(stores: ChatStores, feed: ChatFeed) {
    this.#stores = stores;
    this.#feed = feed;
  }

  /** Throws `bad_request`. */
  preview(file: unknown): ImportPreview[] {
    return readImport(file).map(({ title, messages, updatedAtMs }) => ({
      title,
      messageCount: messages.length,
      updatedAtMs: timeOf(updatedAtMs, Date.now()),
    }));
  }

  /** Stores them all, each under new ids. Throws `bad_request`, with nothing stored. */
  async import(file: unknown): Promise<Conversation[]> {
    const stored: Conversation[] = [];
    for (const imported of readImport(file)) stored.push(await this.#store(imported));
    return stored;
  }

  async #store(imported: ImportedConversation): Promise<Conversation> {
    const nowMs = Date.now();
    const conversationId = this.#stores.newId(false);
    const ordered = parentsFirst(imported.messages);
    const ids = new Map(ordered.map(({ id }) => [id, this.#stores.newId(false)]));
    const texts = new Map(imported.files);
    const attached: { messageId: string; files: NewAttachment[] }[] = [];
    const messages: Message[] = ordered.map((message) => {
      const parentId = message.parentId === undefined ? undefined : ids.get(message.parentId);
      const { attachments = [], readFromMessageId, ...more } = message.more ?? {};
      const readFrom = readFromMessageId === undefined ? undefined : ids.get(readFromMessageId);
      const files = attachments.flatMap(({ id, name }): NewAttachment[] => {
        const text = texts.get(id);
        // An export of before has no texts of files.
        if (text === undefined) return [];
        // Each goes with one message, as in every export: a file that is named a thousand times must not be stored so often.
        texts.delete(id);
        return [{ id: this.#stores.newId(false), name, sizeBytes: Buffer.byteLength(text), text }];
      });
      if (files.length > 0) attached.push({ messageId: ids.get(message.id) ?? "", files });
      return {
        ...more,
        id: ids.get(message.id) ?? "",
        conversationId,
        ...(parentId === undefined ? {} : { parentId }),
        role: message.role,
        text: message.text,
        status: "complete",
        createdAtMs: timeOf(message.createdAtMs, nowMs),
        ...(message.modelId === undefined ? {} : { modelId: message.modelId }),
        ...(readFrom === undefined ? {} : { readFromMessageId: readFrom }),
      };
    });
    const head = imported.headMessageId === undefined ? undefined : ids.get(imported.headMessageId);
    const last = messages.at(-1)?.id;
    const conversation: Conversation = {
      id: conversationId,
      title: imported.title.slice(0, 200),
      createdAtMs: timeOf(imported.createdAtMs, nowMs),
      updatedAtMs: timeOf(imported.updatedAtMs, nowMs),
      ...((head ?? last) === undefined ? {} : { headMessageId: head ?? last ?? "" }),
      pinned: false,
      settings: {},
      ...imported.more,
      temporary: false,
    };
    const { stored } = this.#stores;
    // A file that is kept for no message goes by itself, should this end in between.
    for (const { files } of attached) for (const file of files) await stored.addAttachment(file, nowMs);
    const attachedTo = attached.map(({ messageId, files }) => ({
      messageId,
      attachmentIds: files.map(({ id }) => id),
    }));
    await stored.addMessages(conversation, messages, undefined, attachedTo);
    this.#feed.changed(conversation, []);
    return conversation;
  }
}

/** The last millisecond that JavaScript has a date for. */
const lastDateMs = 8.64e15;

/** Whole milliseconds; `nowMs` where a file has no time, or one of no calendar. */
function timeOf(ms: number, nowMs: number): number {
  return ms > 0 && ms <= lastDateMs ? Math.round(ms) : nowMs;
}

/** Every message after its parent; one whose parent is missing, or is its own ancestor, becomes a root. */
function parentsFirst(messages: readonly ImportedMessage[]): ImportedMessage[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const ordered: ImportedMessage[] = [];
  const placed = new Set<string>();
  const place = (message: ImportedMessage): void => {
    const chain: ImportedMessage[] = [];
    const inChain = new Set<string>();
    let current: ImportedMessage | undefined = message;
    while (current !== undefined && !placed.has(current.id) && !inChain.has(current.id)) {
      chain.unshift(current);
      inChain.add(current.id);
      current = current.parentId === undefined ? undefined : byId.get(current.parentId);
    }
    for (const [index, link] of chain.entries()) {
      const known = link.parentId !== undefined && placed.has(link.parentId);
      ordered.push(known || (index > 0 && link.parentId !== undefined) ? link : { ...link, parentId: undefined });
      placed.add(link.id);
    }
  };
  for (const message of byId.values()) place(message);
  return ordered;
}

import { AppError } from "../platform/AppError.js";
import type { Conversation, Message, SearchHit } from "../protocol/conversation.js";
import type { Requests } from "../protocol/events.js";
import type { ChatStores } from "../storage/ChatStores.js";
import type { AttachedTo, NewAttachment } from "../storage/ConversationStore.js";
import { conversationNotFound, messageNotFound } from "../storage/chatErrors.js";
import { type Allowance, messageBytes, plainBytes } from "./Allowance.js";
import type { ChatFeed } from "./ChatFeed.js";
import type { ExportedFile } from "./exportConversation.js";
import type { GenerationService } from "./GenerationService.js";
import type { KeyedQueue } from "./KeyedQueue.js";
import { newestBelow } from "./newestBelow.js";

/** How long a delete can be undone. */
const undoMs = 10 * 60 * 1000;

/** How long a file waits for its message, which somebody may be writing. */
const unsentMs = 24 * 60 * 60 * 1000;

/** A conversation with its whole tree. */
export interface OpenConversation {
  conversation: Conversation;
  messages: Message[];
}

export interface ConversationServiceParts {
  owner: string;
  stores: ChatStores;
  allowance: Allowance;
  generations: GenerationService;
  feed: ChatFeed;
  /** By the id of the conversation. */
  queue: KeyedQueue;
}

/**
 * Everything about stored chats but the making of replies: list, search, rename, pin, branch, delete and undo. What changes one
 * conversation is done one after the other.
 */
export class ConversationService {
  readonly #stores: ChatStores;
  readonly #allowance: Allowance;
  readonly #generations: GenerationService;
  readonly #feed: ChatFeed;
  readonly #queue: KeyedQueue;
  readonly #owner: string;
  /** Two deletes in one millisecond must not come back as one. */
  #lastDeleteMs = 0;

  constructor({ owner, stores, allowance, generations, feed, queue }: ConversationServiceParts) {
    this.#owner = owner;
    this.#stores = stores;
    this.#allowance = allowance;
    this.#generations = generations;
    this.#feed = feed;
    this.#queue = queue;
  }

  /** Pinned ones first, then the newest. Temporary ones are in it as long as they live. */
  async list(): Promise<Conversation[]> {
    return [...(await this.#stores.stored.list()), ...(await this.#stores.temporary.list())].sort(
      (a, b) => Number(b.pinned) - Number(a.pinned) || b.updatedAtMs - a.updatedAtMs,
    );
  }

  /** `opened` runs before anything else happens in the conversation. Throws `conversation_not_found`. */
  open(conversationId: string, opened: () => Promise<void> | void = () => {}): Promise<OpenConversation> {
    return this.#queue.run(conversationId, async () => {
      const open = await this.#open(conversationId);
      await opened();
      return open;
    });
  }

  /** Undefined when there is no such message, or it is deleted. */
  async conversationIdOf(messageId: string): Promise<string | undefined> {
    return (await this.#stores.message(messageId))?.conversationId;
  }

  async search(query: string, limit: number): Promise<SearchHit[]> {
    return await this.#stores.stored.search(query, limit);
  }

  /** Throws `conversation_not_found`, `message_not_found` or `allowance_full`. */
  update(request: Requests["conversation:update"]): Promise<Conversation> {
    return this.#queue.run(request.conversationId, async () => {
      const old = await this.#get(request.conversationId);
      const { title, pinned, modelId, settings, headMessageId } = request;
      if (settings !== undefined)
        await this.#allowance.take(old.temporary, { bytes: plainBytes(JSON.stringify(settings)) });
      const conversation: Conversation = {
        ...old,
        ...(title === undefined ? {} : { title }),
        ...(pinned === undefined ? {} : { pinned }),
        ...(modelId === undefined ? {} : { modelId }),
        ...(settings === undefined ? {} : { settings }),
        ...(headMessageId === undefined ? {} : { headMessageId: await this.#newestBelow(old.id, headMessageId) }),
      };
      await this.#stores.of(old.id).save(conversation);
      return this.#tell(conversation.id, []);
    });
  }

  /** Stops what is being made in it and hides it; {@link restore} undoes that for ten minutes. Throws `conversation_not_found`. */
  delete(conversationId: string): Promise<void> {
    return this.#queue.run(conversationId, async () => {
      const { messages } = await this.#open(conversationId);
      for (const message of messages) this.#stopReply(message);
      await this.#stores.of(conversationId).delete(conversationId, this.#deleteTimeMs());
      this.#feed.deleted(conversationId);
      await this.purge();
    });
  }

  /** Throws `conversation_not_found` when it is too late. */
  restore(conversationId: string): Promise<Conversation> {
    return this.#queue.run(conversationId, async () => {
      const conversation = await this.#stores.of(conversationId).restore(conversationId);
      if (conversation === undefined) throw conversationNotFound();
      return this.#tell(conversation.id, []);
    });
  }

  /** A new conversation that begins with everything up to the message. Throws `message_not_found` or `allowance_full`. */
  branch(messageId: string): Promise<Conversation> {
    return this.#inConversationOf(messageId, async (source) => {
      const path = await this.#stores.of(messageId).path(messageId);
      if (path === undefined) throw messageNotFound();
      await this.#allowance.take(source.temporary, { bytes: copyBytes(path), conversations: 1 });
      const nowMs = Date.now();
      const conversationId = this.#stores.newId(source.temporary);
      const newIds = new Map(path.map((message) => [message.id, this.#stores.newId(source.temporary)]));
      const messages = path.map(({ parentId, generationId, readFromMessageId, ...message }) => ({
        ...message,
        id: newIds.get(message.id) ?? "",
        conversationId,
        status: "complete" as const,
        ...(parentId === undefined ? {} : { parentId: newIds.get(parentId) ?? "" }),
        ...(readFromMessageId === undefined ? {} : { readFromMessageId: newIds.get(readFromMessageId) ?? "" }),
      }));
      const conversation: Conversation = {
        ...source,
        id: conversationId,
        pinned: false,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
        headMessageId: newIds.get(messageId) ?? "",
      };
      const attached: AttachedTo[] = [];
      for (const message of path)
        attached.push({
          messageId: newIds.get(message.id) ?? "",
          attachmentIds: await this.#copyAttachments(message, source.temporary),
        });
      await this.#stores.of(conversationId).addMessages(conversation, messages, undefined, attached);
      return this.#tell(conversation.id, []);
    });
  }

  /** Hides the message and all that follows it; {@link restoreMessage} undoes that. Throws `message_not_found`. */
  deleteMessage(messageId: string): Promise<Conversation> {
    return this.#inConversationOf(messageId, async (conversation) => {
      const store = this.#stores.of(conversation.id);
      const messages = await store.messages(conversation.id);
      const gone = new Set([messageId]);
      // A child was added after its parent, so one pass finds all descendants.
      for (const candidate of messages) if (gone.has(candidate.parentId ?? "")) gone.add(candidate.id);
      for (const candidate of messages) if (gone.has(candidate.id)) this.#stopReply(candidate);
      await store.deleteMessages([...gone], this.#deleteTimeMs());
      const { parentId } = messages.find(({ id }) => id === messageId) ?? {};
      const changed = await this.#withHead(conversation, parentId);
      await store.save(changed);
      this.#feed.messagesDeleted(changed, [...gone]);
      await this.purge();
      return this.#tell(changed.id, []);
    });
  }

  /** With all that it stands below ([CV9]). Throws `message_not_found` when it is too late. */
  async restoreMessage(messageId: string): Promise<Conversation> {
    const store = this.#stores.of(messageId);
    const restored = await store.restoreMessages(messageId);
    const message = await store.message(messageId);
    if (message === undefined) throw messageNotFound();
    return this.#queue.run(message.conversationId, async () => {
      // It came back with another one before.
      if (restored.length === 0) return this.#get(message.conversationId);
      const conversation = await this.#withHead(await this.#get(message.conversationId), messageId);
      await store.save(conversation);
      const ids = new Set(restored);
      const messages = await store.messages(conversation.id);
      return this.#tell(
        conversation.id,
        messages.filter(({ id }) => ids.has(id)),
      );
    });
  }

  /** Throws `message_not_found`. */
  rate(messageId: string, rating: -1 | 0 | 1): Promise<Message> {
    return this.#inConversationOf(messageId, async ({ id: conversationId }) => {
      await this.#stores.of(messageId).rate(messageId, rating);
      const message = await this.#message(messageId);
      await this.#tell(conversationId, [message]);
      return message;
    });
  }

  /** Keeps a text file until it is sent with a message. Throws `allowance_full`. */
  async addAttachment(name: string, text: string): Promise<NewAttachment> {
    await this.#allowance.take(false, { bytes: plainBytes(text) });
    const attachment = { id: this.#stores.newId(false), name, sizeBytes: Buffer.byteLength(text), text };
    await this.#stores.stored.addAttachment(attachment, Date.now());
    return attachment;
  }

  /** A text file that was posted or sent. Throws `not_found`. */
  async attachment(id: string): Promise<{ name: string; text: string }> {
    const file = await this.#stores.of(id).attachmentText(id);
    if (file === undefined)
      throw new AppError("not_found", "There is no such file.", { hint: "It went with its message." });
    return file;
  }

  /** The texts of the files that go with these messages; of one that is gone there is none. */
  async filesOf(messages: readonly Message[]): Promise<ExportedFile[]> {
    const files: ExportedFile[] = [];
    for (const { id } of messages.flatMap(({ attachments }) => attachments ?? [])) {
      const file = await this.#stores.of(id).attachmentText(id);
      if (file !== undefined) files.push({ id, text: file.text });
    }
    return files;
  }

  /** Removes for good what was deleted longer ago than it can be undone, and files that nobody sends any more. */
  async purge(): Promise<void> {
    const nowMs = Date.now();
    await this.#stores.stored.purge(nowMs - undoMs, nowMs - unsentMs);
    await this.#stores.temporary.purge(nowMs - undoMs, nowMs - unsentMs);
  }

  /** Runs `work` in the turn of the conversation that the message is in. Throws `message_not_found`. */
  async #inConversationOf<T>(messageId: string, work: (conversation: Conversation) => Promise<T>): Promise<T> {
    const { conversationId } = await this.#message(messageId);
    return this.#queue.run(conversationId, async () => {
      // It may have gone while this waited for its turn.
      await this.#message(messageId);
      return work(await this.#get(conversationId));
    });
  }

  #deleteTimeMs(): number {
    this.#lastDeleteMs = Math.max(Date.now(), this.#lastDeleteMs + 1);
    return this.#lastDeleteMs;
  }

  async #open(conversationId: string): Promise<OpenConversation> {
    return {
      conversation: await this.#get(conversationId),
      messages: await this.#stores.of(conversationId).messages(conversationId),
    };
  }

  /** Tells everyone how the conversation stands now. */
  async #tell(conversationId: string, messages: Message[]): Promise<Conversation> {
    const conversation = await this.#get(conversationId);
    this.#feed.changed(conversation, messages);
    return conversation;
  }

  async #get(conversationId: string): Promise<Conversation> {
    const conversation = await this.#stores.conversation(conversationId);
    if (conversation === undefined) throw conversationNotFound();
    return conversation;
  }

  async #message(id: string): Promise<Message> {
    const message = await this.#stores.message(id);
    if (message === undefined) throw messageNotFound();
    return message;
  }

  async #withHead(conversation: Conversation, messageId: string | undefined): Promise<Conversation> {
    const { headMessageId: _old, ...rest } = conversation;
    const messages = await this.#stores.of(conversation.id).messages(conversation.id);
    // A root was deleted: another one may still be there.
    const from = messageId ?? messages.findLast((message) => message.parentId === undefined)?.id;
    return from === undefined ? rest : { ...rest, headMessageId: newestBelow(messages, from) };
  }

  async #newestBelow(conversationId: string, messageId: string): Promise<string> {
    return newestBelow(await this.#stores.of(conversationId).messages(conversationId), messageId);
  }

  /** Their ids. Copies that no message gets in the end go by themselves. */
  async #copyAttachments(message: Message, temporary: boolean): Promise<string[]> {
    const copies: string[] = [];
    for (const { id, name, sizeBytes } of message.attachments ?? []) {
      const file = await this.#stores.of(id).attachmentText(id);
      if (file === undefined) continue;
      const copy = { id: this.#stores.newId(temporary), name, sizeBytes, text: file.text };
      await this.#stores.of(copy.id).addAttachment(copy, Date.now());
      copies.push(copy.id);
    }
    return copies;
  }

  #stopReply(message: Message): void {
    if (message.status !== "generating" || message.generationId === undefined) return;
    try {
      this.#generations.get(message.generationId, this.#owner).stop();
    } catch (error) {
      if (AppError.from(error).code !== "generation_not_found") throw error;
    }
  }
}

/** What a copy of the messages takes, with their files. */
function copyBytes(messages: readonly Message[]): number {
  let bytes = 0;
  for (const message of messages) {
    bytes += messageBytes(message);
    for (const { sizeBytes } of message.attachments ?? []) bytes += sizeBytes;
  }
  return bytes;
}

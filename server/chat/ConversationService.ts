import { AppError } from "../platform/AppError.js";
import type { Conversation, Message, SearchHit } from "../protocol/conversation.js";
import type { Requests } from "../protocol/events.js";
import type { ChatStores } from "../storage/ChatStores.js";
import type { NewAttachment } from "../storage/ConversationStore.js";
import type { ChatFeed } from "./ChatFeed.js";
import { conversationNotFound, messageNotFound } from "./chatErrors.js";
import type { GenerationService } from "./GenerationService.js";

/** How long a delete can be undone. */
const undoMs = 10 * 60 * 1000;

/** Everything about stored chats but the making of replies: list, search, rename, pin, branch, delete and undo. */
export class ConversationService {
  readonly #stores: ChatStores;
  readonly #generations: GenerationService;
  readonly #feed: ChatFeed;
  readonly #owner: string;
  /** Two deletes in one millisecond must not come back as one. */
  #lastDeleteMs = 0;

  constructor(owner: string, stores: ChatStores, generations: GenerationService, feed: ChatFeed) {
    this.#owner = owner;
    this.#stores = stores;
    this.#generations = generations;
    this.#feed = feed;
  }

  /** Pinned ones first, then the newest. Temporary ones are in it as long as they live. */
  list(): Conversation[] {
    return [...this.#stores.stored.list(), ...this.#stores.temporary.list()].sort(
      (a, b) => Number(b.pinned) - Number(a.pinned) || b.updatedAtMs - a.updatedAtMs,
    );
  }

  /** Throws `conversation_not_found`. */
  open(conversationId: string): { conversation: Conversation; messages: Message[] } {
    return {
      conversation: this.get(conversationId),
      messages: this.#stores.of(conversationId).messages(conversationId),
    };
  }

  /** Throws `conversation_not_found`. */
  get(conversationId: string): Conversation {
    const conversation = this.#stores.conversation(conversationId);
    if (conversation === undefined) throw conversationNotFound();
    return conversation;
  }

  search(query: string, limit: number): SearchHit[] {
    return this.#stores.stored.search(query, limit);
  }

  /** Throws `conversation_not_found` or `message_not_found`. */
  update(request: Requests["conversation:update"]): Conversation {
    const old = this.get(request.conversationId);
    const { title, pinned, modelId, settings } = request;
    const conversation: Conversation = {
      ...old,
      ...(title === undefined ? {} : { title }),
      ...(pinned === undefined ? {} : { pinned }),
      ...(modelId === undefined ? {} : { modelId }),
      ...(settings === undefined ? {} : { settings }),
      ...(request.headMessageId === undefined ? {} : { headMessageId: this.#newestBelow(old, request.headMessageId) }),
    };
    this.#stores.of(old.id).save(conversation);
    return this.#tell(conversation.id, []);
  }

  /** Stops what is being made in it and hides it; {@link restore} undoes that for ten minutes. Throws `conversation_not_found`. */
  delete(conversationId: string): void {
    const { messages } = this.open(conversationId);
    for (const message of messages) this.#stopReply(message);
    this.#stores.of(conversationId).delete(conversationId, this.#deleteTimeMs());
    this.#feed.deleted(conversationId);
    this.purge();
  }

  /** Throws `conversation_not_found` when it is too late. */
  restore(conversationId: string): Conversation {
    const conversation = this.#stores.of(conversationId).restore(conversationId);
    if (conversation === undefined) throw conversationNotFound();
    return this.#tell(conversation.id, []);
  }

  /** A new conversation that begins with everything up to the message. Throws `message_not_found`. */
  branch(messageId: string): Conversation {
    const path = this.#pathTo(messageId);
    const source = this.get(path[0]?.conversationId ?? "");
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
    const store = this.#stores.of(conversationId);
    store.addMessages(conversation, messages, undefined);
    for (const message of path) this.#copyAttachments(message, newIds.get(message.id) ?? "");
    return this.#tell(conversation.id, []);
  }

  /** Hides the message and all that follows it; {@link restoreMessage} undoes that. Throws `message_not_found`. */
  deleteMessage(messageId: string): Conversation {
    const message = this.#message(messageId);
    const { conversation, messages } = this.open(message.conversationId);
    const gone = new Set([messageId]);
    // A child was added after its parent, so one pass finds all descendants.
    for (const candidate of messages) if (gone.has(candidate.parentId ?? "")) gone.add(candidate.id);
    for (const candidate of messages) if (gone.has(candidate.id)) this.#stopReply(candidate);
    const store = this.#stores.of(conversation.id);
    store.deleteMessages([...gone], this.#deleteTimeMs());
    const changed = this.#withHead(conversation, message.parentId);
    store.save(changed);
    this.#feed.messagesDeleted(changed, [...gone]);
    this.purge();
    return this.#tell(changed.id, []);
  }

  /** Throws `message_not_found` when it is too late. */
  restoreMessage(messageId: string): Conversation {
    const store = this.#stores.of(messageId);
    const restored = store.restoreMessages(messageId);
    const message = store.message(messageId);
    if (message === undefined || restored.length === 0) throw messageNotFound();
    const conversation = this.#withHead(this.get(message.conversationId), messageId);
    store.save(conversation);
    const ids = new Set(restored);
    return this.#tell(
      conversation.id,
      store.messages(conversation.id).filter(({ id }) => ids.has(id)),
    );
  }

  /** Throws `message_not_found`. */
  rate(messageId: string, rating: -1 | 0 | 1): Message {
    const store = this.#stores.of(messageId);
    this.#message(messageId);
    store.rate(messageId, rating);
    const message = this.#message(messageId);
    this.#tell(message.conversationId, [message]);
    return message;
  }

  /** Keeps a text file until it is sent with a message. */
  addAttachment(name: string, text: string): NewAttachment {
    const attachment = { id: this.#stores.newId(false), name, sizeBytes: Buffer.byteLength(text), text };
    this.#stores.stored.addAttachment(attachment, Date.now());
    return attachment;
  }

  /** A text file that was posted or sent. Throws `not_found`. */
  attachment(id: string): { name: string; text: string } {
    const file = this.#stores.of(id).attachmentText(id);
    if (file === undefined)
      throw new AppError("not_found", "There is no such file.", { hint: "It went with its message." });
    return file;
  }

  /** Removes for good what was deleted longer ago than it can be undone. */
  purge(): void {
    const beforeMs = Date.now() - undoMs;
    this.#stores.stored.purge(beforeMs);
    this.#stores.temporary.purge(beforeMs);
  }

  #deleteTimeMs(): number {
    this.#lastDeleteMs = Math.max(Date.now(), this.#lastDeleteMs + 1);
    return this.#lastDeleteMs;
  }

  /** Tells everyone how the conversation stands now. */
  #tell(conversationId: string, messages: Message[]): Conversation {
    const conversation = this.get(conversationId);
    this.#feed.changed(conversation, messages);
    return conversation;
  }

  #message(id: string): Message {
    const message = this.#stores.message(id);
    if (message === undefined) throw messageNotFound();
    return message;
  }

  /** From the root to the message. */
  #pathTo(messageId: string): Message[] {
    const path: Message[] = [];
    for (let id: string | undefined = messageId; id !== undefined; ) {
      const message = this.#message(id);
      path.unshift(message);
      id = message.parentId;
    }
    return path;
  }

  #withHead(conversation: Conversation, messageId: string | undefined): Conversation {
    const { headMessageId: _old, ...rest } = conversation;
    if (messageId === undefined) {
      // A root was deleted: another one may still be there.
      const root = this.#stores
        .of(conversation.id)
        .messages(conversation.id)
        .findLast((message) => message.parentId === undefined);
      return root === undefined ? rest : { ...rest, headMessageId: this.#newestBelow(rest, root.id) };
    }
    return { ...rest, headMessageId: this.#newestBelow(rest, messageId) };
  }

  /** Follows the newest child from the message down to a leaf. */
  #newestBelow(conversation: Conversation, messageId: string): string {
    const messages = this.#stores.of(conversation.id).messages(conversation.id);
    if (!messages.some(({ id }) => id === messageId)) throw messageNotFound();
    let head = messageId;
    for (;;) {
      const child = messages.findLast(({ parentId }) => parentId === head);
      if (child === undefined) return head;
      head = child.id;
    }
  }

  #copyAttachments(message: Message, newMessageId: string): void {
    const store = this.#stores.of(newMessageId);
    for (const [position, { id, name, sizeBytes }] of (message.attachments ?? []).entries()) {
      const text = this.#stores.of(message.id).attachmentText(id)?.text;
      if (text === undefined) continue;
      const copy = { id: this.#stores.newId(false), name, sizeBytes, text };
      store.addAttachment(copy, Date.now());
      store.attach(newMessageId, position, copy.id);
    }
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

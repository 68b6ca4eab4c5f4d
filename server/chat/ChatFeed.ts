import type { Conversation, Message, Settings } from "../protocol/conversation.js";

/** What others hear of stored chats; the socket floor passes it on. */
export interface ChatListener {
  /** The conversation is new or different, and so are these messages of it. */
  changed(conversation: Conversation, messages: Message[]): void;
  deleted(conversationId: string): void;
  messagesDeleted(conversation: Conversation, messageIds: string[]): void;
  settingsChanged(settings: Settings): void;
}

/** Tells every listener, in the order of events. */
export class ChatFeed implements ChatListener {
  readonly #listeners = new Set<Partial<ChatListener>>();

  /** Returns how to end listening. */
  listen(listener: Partial<ChatListener>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(conversation: Conversation, messages: Message[]): void {
    for (const listener of this.#listeners) listener.changed?.(conversation, messages);
  }

  deleted(conversationId: string): void {
    for (const listener of this.#listeners) listener.deleted?.(conversationId);
  }

  messagesDeleted(conversation: Conversation, messageIds: string[]): void {
    for (const listener of this.#listeners) listener.messagesDeleted?.(conversation, messageIds);
  }

  settingsChanged(settings: Settings): void {
    for (const listener of this.#listeners) listener.settingsChanged?.(settings);
  }
}

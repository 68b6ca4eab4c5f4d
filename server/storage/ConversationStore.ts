import type { Attachment, Conversation, Message, SearchHit } from "../protocol/conversation.js";

/** What a store gives at once (SQLite) or later (Postgres): whoever asks waits for it. */
export type Awaitable<T> = T | Promise<T>;

/** How a reply ended, as it is stored. */
export type ReplyEnd = Pick<Message, "stopReason" | "stats" | "error">;

/** One making of a reply: a reply that is continued has the same id and another generation. */
export type ReplyInMaking = Pick<Message, "id" | "generationId">;

/** A file's text before it belongs to a message. */
export interface NewAttachment extends Attachment {
  text: string;
}

/** Files that go with a message. */
export interface AttachedTo {
  messageId: string;
  attachmentIds: readonly string[];
}

/** What a store has of one owner, with what was deleted and is not purged yet. */
export interface Held {
  bytes: number;
  conversations: number;
}

/**
 * One owner's conversations and their message trees. Every method is one transaction: it happened whole or not at all, and what has
 * resolved is stored. What is deleted stays for a while, so that it can be brought back, and is found by nothing else.
 * All methods throw `storage_failed`, and those of a file on a disk also `disk_full` or `storage_corrupt`.
 */
export interface ConversationStore {
  /** The newest first. */
  list(): Awaitable<Conversation[]>;

  get(id: string): Awaitable<Conversation | undefined>;

  /** Adds the conversation or changes it. */
  save(conversation: Conversation): Awaitable<void>;

  /** The whole tree, oldest first. A reply that is being made has the text that was stored so far. */
  messages(conversationId: string): Awaitable<Message[]>;

  /** The same bit by bit, in the order of their times: reading a hundred thousand at once takes a second. */
  messagePages(conversationId: string): Iterable<Message[]> | AsyncIterable<Message[]>;

  message(id: string): Awaitable<Message | undefined>;

  /** From the root to the message; undefined when one of them is gone. */
  path(messageId: string): Awaitable<Message[] | undefined>;

  /** The message that a request made, when that request was served before. */
  messageByRequest(requestId: string): Awaitable<Message | undefined>;

  /**
   * Adds the messages, with the conversation if it is new; of one that is there the model, the time and the head change.
   * `requestId` belongs to the first message. `attached`: files that belong to no message yet, in the order that they get. False, with
   * nothing stored, when that request was served before.
   * Throws `conversation_busy` when the first message answers a reply that is still being made.
   */
  addMessages(
    conversation: Conversation,
    messages: readonly Message[],
    requestId: string | undefined,
    attached?: readonly AttachedTo[],
  ): Awaitable<boolean>;

  /** Adds a conversation that is not there yet: {@link restore} shows it; without that it is purged like one that was deleted at that time. */
  addHidden(conversation: Conversation, hiddenAtMs: number): Awaitable<void>;

  /** Adds to a conversation some of many messages, parents first, and their files as {@link addMessages} does; nothing else changes. */
  addSome(messages: readonly Message[], attached: readonly AttachedTo[]): Awaitable<void>;

  /**
   * Turns a reply that ended into one that is being made again, and changes its conversation as {@link addMessages} does. False, with
   * nothing stored, when the request was served before. Throws `conversation_busy` when it is being made already.
   */
  reopenReply(
    conversation: Conversation,
    message: Message,
    generationId: string,
    requestId: string,
  ): Awaitable<boolean>;

  /**
   * Keeps a piece of a reply that is being made, before anyone is shown it: stored when it returns, since readers wait for it with
   * every token. A store without it has its pieces kept elsewhere: in the log of the generation.
   */
  appendPiece?(messageId: string, seq: number, text: string): void;

  /**
   * Stores the whole text of a reply and its end. Undefined when it was deleted meanwhile. One that has ended, or is being made anew
   * by another generation, stays as it is.
   */
  finishReply(reply: ReplyInMaking, end: ReplyEnd, text: string): Awaitable<Message | undefined>;

  /** Replies that are being made, or were when their server died; those of deleted conversations too. */
  unfinishedReplies(): Awaitable<Message[]>;

  /** The model has read the conversation from this message on only, and a summary of what came before if there is one. */
  setReadFrom(messageId: string, readFromMessageId: string, summary: string | undefined): Awaitable<void>;

  rate(messageId: string, rating: -1 | 0 | 1): Awaitable<void>;

  /** Hides the conversation until it is purged. */
  delete(conversationId: string, nowMs: number): Awaitable<void>;

  /** Undoes {@link delete}; undefined when it is gone for good. */
  restore(conversationId: string): Awaitable<Conversation | undefined>;

  /** Hides the messages until they are purged. One call's messages share `nowMs`, by which they come back together. */
  deleteMessages(messageIds: readonly string[], nowMs: number): Awaitable<void>;

  /**
   * Brings back the message and those that it stands below, each with what was deleted together with it, in a conversation that is there.
   * Their ids: none where nothing of it is deleted, or all is gone for good.
   */
  restoreMessages(messageId: string): Awaitable<string[]>;

  /** Removes for good what was deleted before that time, and files that came before `unsentBeforeMs` and never were sent. */
  purge(beforeMs: number, unsentBeforeMs: number): Awaitable<void>;

  /** About as much as it takes, parameters and what is kept for searches too. */
  held(): Awaitable<Held>;

  addAttachment(attachment: NewAttachment, nowMs: number): Awaitable<void>;

  /** Whether a message has this file already. */
  isAttached(id: string): Awaitable<boolean>;

  attachmentText(id: string): Awaitable<{ name: string; text: string } | undefined>;

  /** Removes a file that belongs to no message. */
  forgetAttachment(id: string): Awaitable<void>;

  /** Titles first, then texts, the best matches first. Every word must occur, the last letters of each may be missing. */
  search(query: string, limit: number): Awaitable<SearchHit[]>;

  /**
   * Runs `work` while nobody else runs any for this owner, in no other process either. It uses the store that it gets, for one thing after
   * the other: what it stores there is stored only as long as it is alone.
   */
  alone<T>(work: (store: ConversationStore) => Promise<T>): Promise<T>;

  close(): Awaitable<void>;
}

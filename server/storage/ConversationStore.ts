import type { Attachment, Conversation, Message, SearchHit } from "../protocol/conversation.js";
import type { ErrorInfo } from "../protocol/result.js";
import { type ConversationRow, type MessageRow, toConversation, toMessage } from "./conversationRows.js";
import { conversationStatements } from "./conversationStatements.js";
import type { Db } from "./openDatabase.js";
import { type Prepared, prepareAll } from "./prepareAll.js";
import { transaction } from "./transaction.js";

/** How a reply ended, as it is stored. */
export type ReplyEnd = Pick<Message, "stopReason" | "stats" | "error">;

/** A file's text before it belongs to a message. */
export interface NewAttachment extends Attachment {
  text: string;
}

/**
 * Conversations and their message trees. Every method is one transaction: it happened whole or not at all. What is deleted stays
 * for a while, so that it can be brought back, and is found by nothing else.
 */
export class ConversationStore {
  readonly #db: Db;
  readonly #statements: Prepared<typeof conversationStatements>;
  readonly #temporary: boolean;

  /** `temporary`: the database lives in memory. */
  constructor(db: Db, options: { temporary?: boolean } = {}) {
    this.#db = db;
    this.#statements = prepareAll(db, conversationStatements);
    this.#temporary = options.temporary ?? false;
  }

  /** The newest first. */
  list(): Conversation[] {
    return (this.#statements.list.all() as ConversationRow[]).map((row) => toConversation(row, this.#temporary));
  }

  get(id: string): Conversation | undefined {
    const row = this.#statements.get.get(id) as ConversationRow | undefined;
    return row && toConversation(row, this.#temporary);
  }

  /** Adds the conversation or changes it. */
  save(conversation: Conversation): void {
    this.#statements.save.run(
      conversation.id,
      conversation.title,
      conversation.modelId ?? null,
      conversation.createdAtMs,
      conversation.updatedAtMs,
      conversation.headMessageId ?? null,
      conversation.pinned ? 1 : 0,
      Object.keys(conversation.settings).length === 0 ? null : JSON.stringify(conversation.settings),
    );
  }

  /** The whole tree, oldest first. A reply that is being made has the text that was stored so far. */
  messages(conversationId: string): Message[] {
    return (this.#statements.messages.all(conversationId) as MessageRow[]).map((row) => this.#toMessage(row));
  }

  message(id: string): Message | undefined {
    const row = this.#statements.message.get(id) as MessageRow | undefined;
    return row && this.#toMessage(row);
  }

  /** The message that a request made, when that request was served before. */
  messageByRequest(requestId: string): Message | undefined {
    const row = this.#statements.messageByRequest.get(requestId) as MessageRow | undefined;
    return row && this.#toMessage(row);
  }

  /** Saves the conversation (new or changed) and adds the messages; `requestId` belongs to the first of them, attachments too. */
  addMessages(
    conversation: Conversation,
    messages: readonly Message[],
    requestId: string | undefined,
    attachmentIds: readonly string[] = [],
  ): void {
    transaction(this.#db, () => {
      this.save(conversation);
      for (const [index, message] of messages.entries()) this.#add(message, index === 0 ? requestId : undefined);
      const first = messages[0];
      if (first !== undefined)
        for (const [position, id] of attachmentIds.entries()) this.attach(first.id, position, id);
    });
  }

  /** Turns a reply that ended into one that is being made again; its text so far is its first piece. */
  reopenReply(conversation: Conversation, message: Message, generationId: string, requestId: string): void {
    transaction(this.#db, () => {
      this.save(conversation);
      this.#statements.reopenReply.run(generationId, requestId, message.id);
      this.#statements.appendPiece.run(message.id, 0, message.text);
    });
  }

  /** Keeps a piece of a reply that is being made, before anyone is shown it. */
  appendPiece(messageId: string, seq: number, text: string): void {
    this.#statements.appendPiece.run(messageId, seq, text);
  }

  /** Folds the pieces into the message and stores its end. Undefined when the message was deleted meanwhile. */
  finishReply(messageId: string, end: ReplyEnd): Message | undefined {
    transaction(this.#db, () => {
      this.#statements.finishReply.run(
        this.#piecesText(messageId),
        end.stopReason ?? null,
        end.stats === undefined ? null : JSON.stringify(end.stats),
        end.error === undefined ? null : JSON.stringify(end.error),
        messageId,
      );
      this.#statements.deletePieces.run(messageId);
    });
    return this.message(messageId);
  }

  /** Ends replies that a server before this one left unfinished; their text so far is kept. Returns how many. */
  finishInterrupted(error: ErrorInfo): number {
    const rows = this.#statements.generating.all() as { id: string }[];
    for (const { id } of rows) this.finishReply(id, { stopReason: "error", error });
    return rows.length;
  }

  /** The model has read the conversation from this message on only, and a summary of what came before if there is one. */
  setReadFrom(messageId: string, readFromMessageId: string, summary: string | undefined): void {
    this.#statements.setReadFrom.run(readFromMessageId, summary ?? null, messageId);
  }

  rate(messageId: string, rating: -1 | 0 | 1): void {
    this.#statements.rate.run(rating === 0 ? null : rating, messageId);
  }

  /** Hides the conversation until it is purged. */
  delete(conversationId: string, nowMs: number): void {
    this.#statements.setConversationDeleted.run(nowMs, conversationId);
  }

  /** Undoes {@link delete}; undefined when it is gone for good. */
  restore(conversationId: string): Conversation | undefined {
    this.#statements.setConversationDeleted.run(null, conversationId);
    return this.get(conversationId);
  }

  /** Hides the messages until they are purged. One call's messages share `nowMs`, by which they come back together. */
  deleteMessages(messageIds: readonly string[], nowMs: number): void {
    transaction(this.#db, () => {
      for (const id of messageIds) this.#statements.setMessageDeleted.run(nowMs, id);
    });
  }

  /** Brings back the message and what was deleted together with it; their ids, none when it is gone for good. */
  restoreMessages(messageId: string): string[] {
    if (this.#statements.deletedMessage.get(messageId) === undefined) return [];
    const ids = (this.#statements.deletedWith.all(messageId, messageId) as { id: string }[]).map(({ id }) => id);
    transaction(this.#db, () => {
      for (const id of ids) this.#statements.setMessageDeleted.run(null, id);
    });
    return ids;
  }

  /** Removes for good what was deleted, and files that never were sent, before that time. */
  purge(beforeMs: number): void {
    transaction(this.#db, () => {
      this.#statements.purgeConversations.run(beforeMs);
      this.#statements.purgeMessages.run(beforeMs);
      this.#statements.purgeAttachments.run(beforeMs);
    });
  }

  addAttachment(attachment: NewAttachment, nowMs: number): void {
    const { id, name, sizeBytes, text } = attachment;
    this.#statements.addAttachment.run(id, name, sizeBytes, text, nowMs);
  }

  /** Gives a file that belongs to no message yet to one. */
  attach(messageId: string, position: number, attachmentId: string): void {
    this.#statements.attach.run(messageId, position, attachmentId);
  }

  /** Whether a message has this file already. */
  isAttached(id: string): boolean {
    return this.#statements.isAttached.get(id) !== undefined;
  }

  attachmentText(id: string): { name: string; text: string } | undefined {
    return this.#statements.attachmentText.get(id) as { name: string; text: string } | undefined;
  }

  /** Removes a file that belongs to no message. */
  forgetAttachment(id: string): void {
    this.#statements.forgetAttachment.run(id);
  }

  /** Titles first, then texts, the best matches first. Every word must occur, the last letters of each may be missing. */
  search(query: string, limit: number): SearchHit[] {
    // SQLite reads its search language up to a zero byte only, which would leave a quotation open.
    const words = query.replaceAll("\0", " ").split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    const expression = words.map((word) => `"${word.replaceAll('"', '""')}"*`).join(" ");
    const rows = this.#statements.search.all(expression, limit) as {
      conversation_id: string;
      message_id: string | null;
      snippet: string;
    }[];
    return rows.flatMap((row) => {
      const conversation = this.get(row.conversation_id);
      if (conversation === undefined) return [];
      const { snippet } = row;
      return [
        row.message_id === null ? { conversation, snippet } : { conversation, messageId: row.message_id, snippet },
      ];
    });
  }

  close(): void {
    this.#db.close();
  }

  #add(message: Message, requestId: string | undefined): void {
    this.#statements.addMessage.run(
      message.id,
      message.conversationId,
      message.parentId ?? null,
      message.role,
      message.text,
      message.status,
      message.modelId ?? null,
      message.generationId ?? null,
      message.stopReason ?? null,
      message.stats === undefined ? null : JSON.stringify(message.stats),
      message.error === undefined ? null : JSON.stringify(message.error),
      message.readFromMessageId ?? null,
      message.summary ?? null,
      message.rating ?? null,
      requestId ?? null,
      message.createdAtMs,
    );
  }

  #piecesText(messageId: string): string {
    return (this.#statements.pieces.all(messageId) as { text: string }[]).map(({ text }) => text).join("");
  }

  #toMessage(row: MessageRow): Message {
    const text = row.status === "generating" ? this.#piecesText(row.id) : row.text;
    const attachments = row.role === "user" ? (this.#statements.attachmentsOf.all(row.id) as Attachment[]) : [];
    return toMessage(row, text, attachments);
  }
}

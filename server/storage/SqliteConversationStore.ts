import type { Attachment, Conversation, Message, SearchHit } from "../protocol/conversation.js";
import type {
  AttachedTo,
  ConversationStore,
  Held,
  NewAttachment,
  ReplyEnd,
  ReplyInMaking,
} from "./ConversationStore.js";
import { conversationBusy, messageNotFound } from "./chatErrors.js";
import { type ConversationRow, type MessageRow, toConversation, toMessage } from "./conversationRows.js";
import { conversationStatements } from "./conversationStatements.js";
import { closeDatabase, type Db } from "./openDatabase.js";
import { type Prepared, prepareAll } from "./prepareAll.js";
import { transaction } from "./transaction.js";

const nothing = () => {};

/** Read in a few milliseconds. */
const pageRows = 200;

/** {@link ConversationStore} in a SQLite database: everything is done when a method returns. */
export class SqliteConversationStore implements ConversationStore {
  readonly #db: Db;
  readonly #statements: Prepared<typeof conversationStatements>;
  readonly #temporary: boolean;
  #last = Promise.resolve();

  /** `temporary`: the database lives in memory. */
  constructor(db: Db, options: { temporary?: boolean } = {}) {
    this.#db = db;
    this.#statements = prepareAll(db, conversationStatements);
    this.#temporary = options.temporary ?? false;
  }

  list(): Conversation[] {
    return (this.#statements.list.all() as ConversationRow[]).map((row) => toConversation(row, this.#temporary));
  }

  get(id: string): Conversation | undefined {
    const row = this.#statements.get.get(id) as ConversationRow | undefined;
    return row && toConversation(row, this.#temporary);
  }

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

  messages(conversationId: string): Message[] {
    return (this.#statements.messages.all(conversationId) as MessageRow[]).map((row) => this.#toMessage(row));
  }

  *messagePages(conversationId: string): Generator<Message[]> {
    let after = { created_at_ms: Number.MIN_SAFE_INTEGER, row: 0 };
    for (;;) {
      const rows = this.#statements.messagePage.all(
        conversationId,
        after.created_at_ms,
        after.row,
        pageRows,
      ) as (MessageRow & { row: number })[];
      yield rows.map((row) => this.#toMessage(row));
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageRows) return;
      after = last;
    }
  }

  message(id: string): Message | undefined {
    const row = this.#statements.message.get(id) as MessageRow | undefined;
    return row && this.#toMessage(row);
  }

  messageByRequest(requestId: string): Message | undefined {
    const row = this.#statements.messageByRequest.get(requestId) as MessageRow | undefined;
    return row && this.#toMessage(row);
  }

  path(messageId: string): Message[] | undefined {
    const path: Message[] = [];
    for (let id: string | undefined = messageId; id !== undefined; ) {
      const message = this.message(id);
      if (message === undefined) return undefined;
      path.push(message);
      id = message.parentId;
    }
    return path.reverse();
  }

  addMessages(
    conversation: Conversation,
    messages: readonly Message[],
    requestId: string | undefined,
    attached: readonly AttachedTo[] = [],
  ): boolean {
    const [first] = messages;
    return transaction(this.#db, () => {
      if (this.#wasServed(requestId)) return false;
      if (first?.parentId !== undefined) this.#requireFinished(first.parentId);
      this.#touch(conversation);
      for (const message of messages) this.#add(message, message === first ? requestId : undefined);
      this.#attach(attached);
      return true;
    });
  }

  addHidden(conversation: Conversation, hiddenAtMs: number): void {
    transaction(this.#db, () => {
      this.save(conversation);
      this.#statements.setConversationDeleted.run(hiddenAtMs, conversation.id);
    });
  }

  addSome(messages: readonly Message[], attached: readonly AttachedTo[]): void {
    transaction(this.#db, () => {
      for (const message of messages) this.#add(message, undefined);
      this.#attach(attached);
    });
  }

  /** The text so far is its first piece. */
  reopenReply(conversation: Conversation, message: Message, generationId: string, requestId: string): boolean {
    return transaction(this.#db, () => {
      if (this.#wasServed(requestId)) return false;
      this.#requireFinished(message.id);
      this.#touch(conversation);
      this.#statements.reopenReply.run(generationId, requestId, message.id);
      this.#statements.appendPiece.run(message.id, 0, message.text);
      return true;
    });
  }

  appendPiece(messageId: string, seq: number, text: string): void {
    this.#statements.appendPiece.run(messageId, seq, text);
  }

  finishReply({ id, generationId }: ReplyInMaking, end: ReplyEnd, text: string): Message | undefined {
    transaction(this.#db, () => {
      const { changes } = this.#statements.finishReply.run(
        text,
        end.stopReason ?? null,
        end.stats === undefined ? null : JSON.stringify(end.stats),
        end.error === undefined ? null : JSON.stringify(end.error),
        id,
        generationId ?? null,
      );
      if (changes > 0) this.#statements.deletePieces.run(id);
    });
    return this.message(id);
  }

  unfinishedReplies(): Message[] {
    return (this.#statements.unfinished.all() as MessageRow[]).map((row) => this.#toMessage(row));
  }

  setReadFrom(messageId: string, readFromMessageId: string, summary: string | undefined): void {
    this.#statements.setReadFrom.run(readFromMessageId, summary ?? null, messageId);
  }

  rate(messageId: string, rating: -1 | 0 | 1): void {
    this.#statements.rate.run(rating === 0 ? null : rating, messageId);
  }

  delete(conversationId: string, nowMs: number): void {
    this.#statements.setConversationDeleted.run(nowMs, conversationId);
  }

  restore(conversationId: string): Conversation | undefined {
    this.#statements.setConversationDeleted.run(null, conversationId);
    return this.get(conversationId);
  }

  deleteMessages(messageIds: readonly string[], nowMs: number): void {
    transaction(this.#db, () => {
      for (const id of messageIds) this.#statements.setMessageDeleted.run(nowMs, id);
    });
  }

  restoreMessages(messageId: string): string[] {
    const ids = (this.#statements.deletedWith.all(messageId, messageId) as { id: string }[]).map(({ id }) => id);
    transaction(this.#db, () => {
      for (const id of ids) this.#statements.setMessageDeleted.run(null, id);
    });
    return ids;
  }

  purge(beforeMs: number, unsentBeforeMs: number): void {
    transaction(this.#db, () => {
      this.#statements.untiePurged.run(beforeMs, beforeMs);
      this.#statements.purgeConversations.run(beforeMs);
      this.#statements.purgeMessages.run(beforeMs);
      this.#statements.purgeAttachments.run(unsentBeforeMs);
    });
  }

  held(): Held {
    const { bytes, conversations } = this.#statements.held.get() as Held;
    return { bytes, conversations };
  }

  addAttachment(attachment: NewAttachment, nowMs: number): void {
    const { id, name, sizeBytes, text } = attachment;
    this.#statements.addAttachment.run(id, name, sizeBytes, text, nowMs);
  }

  isAttached(id: string): boolean {
    return this.#statements.isAttached.get(id) !== undefined;
  }

  attachmentText(id: string): { name: string; text: string } | undefined {
    const row = this.#statements.attachmentText.get(id) as { name: string; text: string } | undefined;
    // libsql adds figures of its own to a row.
    return row && { name: row.name, text: row.text };
  }

  forgetAttachment(id: string): void {
    this.#statements.forgetAttachment.run(id);
  }

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

  /** No other process has the file (HomeLock.ts). */
  alone<T>(work: (store: ConversationStore) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => work(this));
    this.#last = turn.then(nothing, nothing);
    return turn;
  }

  close(): void {
    closeDatabase(this.#db);
  }

  #wasServed(requestId: string | undefined): boolean {
    return requestId !== undefined && this.#statements.isRequestKnown.get(requestId) !== undefined;
  }

  #requireFinished(messageId: string): void {
    const message = this.message(messageId);
    if (message === undefined) throw messageNotFound();
    if (message.status === "generating") throw conversationBusy();
  }

  /** Adds the conversation, or changes what a new message changes in it. */
  #touch(conversation: Conversation): void {
    const { id, modelId, updatedAtMs, headMessageId } = conversation;
    const { changes } = this.#statements.touch.run(modelId ?? null, updatedAtMs, headMessageId ?? null, id);
    if (changes === 0) this.save(conversation);
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

  #attach(attached: readonly AttachedTo[]): void {
    for (const { messageId, attachmentIds } of attached)
      for (const [position, id] of attachmentIds.entries()) this.#statements.attach.run(messageId, position, id);
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

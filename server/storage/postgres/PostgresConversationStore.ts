import type { Attachment, Conversation, Message, SearchHit } from "../../protocol/conversation.js";
import type {
  AttachedTo,
  ConversationStore,
  Held,
  NewAttachment,
  ReplyEnd,
  ReplyInMaking,
} from "../ConversationStore.js";
import { conversationBusy, messageNotFound } from "../chatErrors.js";
import { type ConversationRow, type MessageRow, toConversation, toMessage } from "../conversationRows.js";
import type { Ask, Postgres, PostgresSession } from "./Postgres.js";
import { brokenConstraint } from "./postgresError.js";
import { searchStatement, postgresStatements as statements } from "./postgresStatements.js";
import { phrasesOf, searchableText } from "./searchWords.js";
import { snippet } from "./snippet.js";

const snippetWords = 12;

type PostgresConversationRow = Omit<ConversationRow, "pinned" | "generating"> & {
  pinned: boolean;
  generating: boolean;
};

/**
 * {@link ConversationStore} of one owner in Postgres; several servers may use it at once. What changes a conversation's messages first
 * takes hold of its row. It keeps no pieces of replies: those are in the generations' logs.
 */
export class PostgresConversationStore implements ConversationStore {
  readonly #postgres: PostgresSession;
  readonly #owner: string;
  readonly #alone: ConversationStore["alone"];

  /** `session`: the connection of its own that it uses instead of any. */
  constructor(postgres: Postgres, owner: string, session: PostgresSession = postgres) {
    this.#postgres = session;
    this.#owner = owner;
    this.#alone = (work) =>
      postgres.locked(`import ${owner}`, (own) => work(new PostgresConversationStore(postgres, owner, own)));
  }

  alone<T>(work: (store: ConversationStore) => Promise<T>): Promise<T> {
    return this.#alone(work);
  }

  async list(): Promise<Conversation[]> {
    return (await this.#rows<PostgresConversationRow>(statements.list)).map(conversationOf);
  }

  async get(id: string): Promise<Conversation | undefined> {
    const [row] = await this.#rows<PostgresConversationRow>(statements.get, id);
    return row && conversationOf(row);
  }

  async save(conversation: Conversation): Promise<void> {
    await this.#save(this.#postgres.ask, conversation);
  }

  async messages(conversationId: string): Promise<Message[]> {
    return this.#messagesOf(await this.#rows<MessageRow>(statements.messages, conversationId));
  }

  /** The server sends them bit by bit. */
  async *messagePages(conversationId: string): AsyncGenerator<Message[]> {
    yield await this.messages(conversationId);
  }

  async message(id: string): Promise<Message | undefined> {
    const [message] = await this.#messagesOf(await this.#rows<MessageRow>(statements.message, id));
    return message;
  }

  async path(messageId: string): Promise<Message[] | undefined> {
    const path = await this.#messagesOf(await this.#rows<MessageRow>(statements.path, messageId));
    // One that is gone is missing in it, or what should be the root has a parent.
    const isWhole = path.every(({ parentId }, index) => parentId === path[index - 1]?.id);
    return isWhole && path.at(-1)?.id === messageId ? path : undefined;
  }

  async messageByRequest(requestId: string): Promise<Message | undefined> {
    const [message] = await this.#messagesOf(await this.#rows<MessageRow>(statements.messageByRequest, requestId));
    return message;
  }

  addMessages(
    conversation: Conversation,
    messages: readonly Message[],
    requestId: string | undefined,
    attached: readonly AttachedTo[] = [],
  ): Promise<boolean> {
    const [first] = messages;
    return this.#once(requestId, conversation, async (ask) => {
      if (first?.parentId !== undefined) await this.#requireFinished(ask, first.parentId);
      for (const message of messages) await this.#add(ask, message, message === first ? requestId : undefined);
      await this.#attach(ask, attached);
    });
  }

  async addHidden(conversation: Conversation, hiddenAtMs: number): Promise<void> {
    await this.#postgres.transaction(async (ask) => {
      await this.#save(ask, conversation);
      await ask(statements.setConversationDeleted, [this.#owner, conversation.id, hiddenAtMs]);
    });
  }

  async addSome(messages: readonly Message[], attached: readonly AttachedTo[]): Promise<void> {
    await this.#postgres.transaction(async (ask) => {
      for (const message of messages) await this.#add(ask, message, undefined);
      await this.#attach(ask, attached);
    });
  }

  reopenReply(conversation: Conversation, message: Message, generationId: string, requestId: string): Promise<boolean> {
    return this.#once(requestId, conversation, async (ask) => {
      await this.#requireFinished(ask, message.id);
      await ask(statements.reopenReply, [this.#owner, message.id, generationId, requestId]);
    });
  }

  async finishReply({ id, generationId }: ReplyInMaking, end: ReplyEnd, text: string): Promise<Message | undefined> {
    await this.#ask(
      statements.finishReply,
      id,
      generationId ?? null,
      text,
      end.stopReason ?? null,
      end.stats === undefined ? null : JSON.stringify(end.stats),
      end.error === undefined ? null : JSON.stringify(end.error),
      searchableText(text),
    );
    return this.message(id);
  }

  async unfinishedReplies(): Promise<Message[]> {
    return this.#messagesOf(await this.#rows<MessageRow>(statements.unfinished));
  }

  async setReadFrom(messageId: string, readFromMessageId: string, summary: string | undefined): Promise<void> {
    await this.#ask(statements.setReadFrom, messageId, readFromMessageId, summary ?? null);
  }

  async rate(messageId: string, rating: -1 | 0 | 1): Promise<void> {
    await this.#ask(statements.rate, messageId, rating === 0 ? null : rating);
  }

  async delete(conversationId: string, nowMs: number): Promise<void> {
    await this.#ask(statements.setConversationDeleted, conversationId, nowMs);
  }

  async restore(conversationId: string): Promise<Conversation | undefined> {
    await this.#ask(statements.setConversationDeleted, conversationId, null);
    return this.get(conversationId);
  }

  async deleteMessages(messageIds: readonly string[], nowMs: number): Promise<void> {
    await this.#ask(statements.setMessagesDeleted, messageIds, nowMs);
  }

  async restoreMessages(messageId: string): Promise<string[]> {
    return (await this.#rows<{ id: string }>(statements.restoreMessages, messageId)).map(({ id }) => id);
  }

  async purge(beforeMs: number, unsentBeforeMs: number): Promise<void> {
    await this.#postgres.transaction(async (ask) => {
      await ask(statements.purgeConversations, [this.#owner, beforeMs]);
      await ask(statements.purgeMessages, [this.#owner, beforeMs]);
      await ask(statements.purgeAttachments, [this.#owner, unsentBeforeMs]);
    });
  }

  async held(): Promise<Held> {
    const [held] = await this.#rows<Held>(statements.held);
    return { bytes: Number(held?.bytes), conversations: Number(held?.conversations) };
  }

  async addAttachment({ id, name, sizeBytes, text }: NewAttachment, nowMs: number): Promise<void> {
    await this.#ask(statements.addAttachment, id, name, sizeBytes, text, nowMs);
  }

  async isAttached(id: string): Promise<boolean> {
    return (await this.#rows(statements.isAttached, id)).length > 0;
  }

  async attachmentText(id: string): Promise<{ name: string; text: string } | undefined> {
    const [file] = await this.#rows<{ name: string; text: string }>(statements.attachmentText, id);
    return file;
  }

  async forgetAttachment(id: string): Promise<void> {
    await this.#ask(statements.forgetAttachment, id);
  }

  async search(query: string, limit: number): Promise<SearchHit[]> {
    const phrases = phrasesOf(query);
    if (phrases.length === 0) return [];
    const found = await this.#rows<{ conversation_id: string; message_id: string | null; text: string }>(
      searchStatement(phrases.length),
      limit,
      ...phrases.map((phrase) => phrase.map((word) => ` ${word}`).join("")),
    );
    const ids = [...new Set(found.map((row) => row.conversation_id))];
    const conversations = new Map(
      (await this.#rows<PostgresConversationRow>(statements.getSome, ids)).map((row) => [row.id, conversationOf(row)]),
    );
    return found.flatMap((row) => {
      const conversation = conversations.get(row.conversation_id);
      if (conversation === undefined) return [];
      const hit = { conversation, snippet: snippet(row.text, phrases, snippetWords) };
      return [row.message_id === null ? hit : { ...hit, messageId: row.message_id }];
    });
  }

  /** The connections are everybody's. */
  close(): void {}

  #ask(text: string, ...parameters: unknown[]) {
    return this.#postgres.ask(text, [this.#owner, ...parameters]);
  }

  async #rows<Row>(text: string, ...parameters: unknown[]): Promise<Row[]> {
    return (await this.#postgres.ask<Row>(text, [this.#owner, ...parameters])).rows;
  }

  /** Changes the conversation and does `work` with it in one transaction; false, with nothing done, for a request that was served. */
  async #once(
    requestId: string | undefined,
    conversation: Conversation,
    work: (ask: Ask) => Promise<void>,
  ): Promise<boolean> {
    try {
      return await this.#postgres.transaction(async (ask) => {
        await this.#touch(ask, conversation);
        if (requestId !== undefined && (await ask(statements.isRequestKnown, [this.#owner, requestId])).count > 0)
          throw new RequestServed();
        await work(ask);
        return true;
      });
    } catch (error) {
      // Another server may be serving it in another conversation at this moment.
      if (error instanceof RequestServed || brokenConstraint(error) === "messages_request") return false;
      throw error;
    }
  }

  /** Adds the conversation, or changes what a new message changes in it; holds its row until the transaction ends. */
  async #touch(ask: Ask, conversation: Conversation): Promise<void> {
    const { id, modelId, updatedAtMs, headMessageId } = conversation;
    const { count } = await ask(statements.touch, [
      this.#owner,
      id,
      modelId ?? null,
      updatedAtMs,
      headMessageId ?? null,
    ]);
    if (count === 0) await this.#save(ask, conversation);
  }

  async #save(ask: Ask, conversation: Conversation): Promise<void> {
    const { id, title, modelId, createdAtMs, updatedAtMs, headMessageId, pinned, settings } = conversation;
    await ask(statements.save, [
      this.#owner,
      id,
      title,
      modelId ?? null,
      createdAtMs,
      updatedAtMs,
      headMessageId ?? null,
      pinned,
      Object.keys(settings).length === 0 ? null : JSON.stringify(settings),
      searchableText(title),
    ]);
  }

  async #requireFinished(ask: Ask, messageId: string): Promise<void> {
    const [row] = (await ask<MessageRow>(statements.message, [this.#owner, messageId])).rows;
    if (row === undefined) throw messageNotFound();
    if (row.status === "generating") throw conversationBusy();
  }

  async #add(ask: Ask, message: Message, requestId: string | undefined): Promise<void> {
    await ask(statements.addMessage, [
      this.#owner,
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
      message.status === "complete" ? searchableText(message.text) : null,
    ]);
  }

  async #attach(ask: Ask, attached: readonly AttachedTo[]): Promise<void> {
    for (const { messageId, attachmentIds } of attached)
      for (const [position, id] of attachmentIds.entries())
        await ask(statements.attach, [this.#owner, messageId, position, id]);
  }

  /** With the names of their files. */
  async #messagesOf(rows: readonly MessageRow[]): Promise<Message[]> {
    const asked = rows.filter(({ role }) => role === "user").map(({ id }) => id);
    const files = new Map<string, Attachment[]>();
    if (asked.length > 0)
      for (const { message_id, size_bytes, ...file } of await this.#rows<
        Omit<Attachment, "sizeBytes"> & { message_id: string; size_bytes: number }
      >(statements.attachmentsOf, asked))
        files.set(message_id, [...(files.get(message_id) ?? []), { ...file, sizeBytes: size_bytes }]);
    return rows.map((row) => toMessage(row, row.text, files.get(row.id) ?? []));
  }
}

/** Undoes the transaction that found it. */
class RequestServed extends Error {}

function conversationOf(row: PostgresConversationRow): Conversation {
  return toConversation({ ...row, pinned: row.pinned ? 1 : 0, generating: row.generating ? 1 : 0 }, false);
}

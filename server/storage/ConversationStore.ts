import type { Conversation, Message } from "../protocol/conversation.js";
import type { ErrorInfo } from "../protocol/result.js";
import type { Db } from "./openDatabase.js";

/** How a reply ended, as it is stored. */
export type ReplyEnd = Pick<Message, "stopReason" | "stats" | "error">;

interface ConversationRow {
  id: string;
  title: string;
  model_id: string | null;
  created_at_ms: number;
  updated_at_ms: number;
  head_message_id: string | null;
}

interface MessageRow {
  id: string;
  conversation_id: string;
  parent_id: string | null;
  role: Message["role"];
  text: string;
  status: Message["status"];
  model_id: string | null;
  generation_id: string | null;
  stop_reason: Message["stopReason"] | null;
  stats: string | null;
  error: string | null;
  created_at_ms: number;
}

/** Conversations and their message trees on disk. Every method is one transaction: it happened whole or not at all. */
export class ConversationStore {
  readonly #db: Db;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(db: Db) {
    this.#db = db;
    this.#statements = prepare(db);
  }

  /** The newest first. */
  list(): Conversation[] {
    return (this.#statements.list.all() as ConversationRow[]).map(toConversation);
  }

  get(id: string): Conversation | undefined {
    const row = this.#statements.get.get(id) as ConversationRow | undefined;
    return row && toConversation(row);
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

  /** Saves the conversation (new or changed) and adds the messages; `requestId` belongs to the first of them. */
  addMessages(conversation: Conversation, messages: readonly Message[], requestId: string): void {
    this.#transaction(() => {
      this.#statements.saveConversation.run(
        conversation.id,
        conversation.title,
        conversation.modelId ?? null,
        conversation.createdAtMs,
        conversation.updatedAtMs,
        conversation.headMessageId ?? null,
      );
      for (const [index, message] of messages.entries())
        this.#statements.addMessage.run(
          message.id,
          message.conversationId,
          message.parentId ?? null,
          message.role,
          message.text,
          message.status,
          message.modelId ?? null,
          message.generationId ?? null,
          index === 0 ? requestId : null,
          message.createdAtMs,
        );
    });
  }

  /** Keeps a piece of a reply that is being made, before anyone is shown it. */
  appendPiece(messageId: string, seq: number, text: string): void {
    this.#statements.appendPiece.run(messageId, seq, text);
  }

  /** Folds the pieces into the message and stores its end. Undefined when the message was deleted meanwhile. */
  finishReply(messageId: string, end: ReplyEnd): Message | undefined {
    this.#transaction(() => {
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

  delete(conversationId: string): void {
    this.#statements.delete.run(conversationId);
  }

  close(): void {
    this.#db.close();
  }

  #piecesText(messageId: string): string {
    return (this.#statements.pieces.all(messageId) as { text: string }[]).map(({ text }) => text).join("");
  }

  #toMessage(row: MessageRow): Message {
    return {
      id: row.id,
      conversationId: row.conversation_id,
      role: row.role,
      text: row.status === "generating" ? this.#piecesText(row.id) : row.text,
      createdAtMs: row.created_at_ms,
      status: row.status,
      ...(row.parent_id === null ? {} : { parentId: row.parent_id }),
      ...(row.model_id === null ? {} : { modelId: row.model_id }),
      ...(row.generation_id === null ? {} : { generationId: row.generation_id }),
      ...(row.stop_reason === null ? {} : { stopReason: row.stop_reason }),
      ...(row.stats === null ? {} : { stats: JSON.parse(row.stats) }),
      ...(row.error === null ? {} : { error: JSON.parse(row.error) }),
    };
  }

  #transaction(work: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#db.exec("COMMIT");
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}

function prepare(db: Db) {
  return {
    list: db.prepare("SELECT * FROM conversations ORDER BY updated_at_ms DESC, id"),
    get: db.prepare("SELECT * FROM conversations WHERE id = ?"),
    messages: db.prepare("SELECT * FROM messages WHERE conversation_id = ? ORDER BY created_at_ms, rowid"),
    message: db.prepare("SELECT * FROM messages WHERE id = ?"),
    messageByRequest: db.prepare("SELECT * FROM messages WHERE request_id = ?"),
    saveConversation: db.prepare(
      `INSERT INTO conversations (id, title, model_id, created_at_ms, updated_at_ms, head_message_id) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET title = excluded.title, model_id = excluded.model_id,
         updated_at_ms = excluded.updated_at_ms, head_message_id = excluded.head_message_id`,
    ),
    addMessage: db.prepare(
      `INSERT INTO messages (id, conversation_id, parent_id, role, text, status, model_id, generation_id, request_id, created_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    appendPiece: db.prepare("INSERT INTO pieces (message_id, seq, text) VALUES (?, ?, ?)"),
    pieces: db.prepare("SELECT text FROM pieces WHERE message_id = ? ORDER BY seq"),
    deletePieces: db.prepare("DELETE FROM pieces WHERE message_id = ?"),
    finishReply: db.prepare(
      "UPDATE messages SET text = ?, status = 'complete', stop_reason = ?, stats = ?, error = ? WHERE id = ?",
    ),
    generating: db.prepare("SELECT id FROM messages WHERE status = 'generating'"),
    delete: db.prepare("DELETE FROM conversations WHERE id = ?"),
  };
}

function toConversation(row: ConversationRow): Conversation {
  return {
    id: row.id,
    title: row.title,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    ...(row.model_id === null ? {} : { modelId: row.model_id }),
    ...(row.head_message_id === null ? {} : { headMessageId: row.head_message_id }),
  };
}

import { heldRows } from "../heldStatements.js";

const generating = `EXISTS (SELECT 1 FROM messages WHERE messages.owner = $1 AND conversation_id = conversations.id
  AND status = 'generating' AND messages.deleted_at_ms IS NULL) AS generating`;

/** A message that is there, of a conversation that is. */
const visible = `messages.owner = $1 AND messages.deleted_at_ms IS NULL AND EXISTS (SELECT 1 FROM conversations
  WHERE conversations.owner = $1 AND conversations.id = conversation_id AND conversations.deleted_at_ms IS NULL)`;

/**
 * Every statement of the stores of one owner, who is `$1` in each of them and stands beside every table ([T6]). Deleted rows are kept
 * for a while but never found.
 */
export const postgresStatements = {
  list: `SELECT *, ${generating} FROM conversations WHERE owner = $1 AND deleted_at_ms IS NULL
    ORDER BY updated_at_ms DESC, id COLLATE "C"`,
  get: `SELECT *, ${generating} FROM conversations WHERE owner = $1 AND id = $2 AND deleted_at_ms IS NULL`,
  getSome: `SELECT *, ${generating} FROM conversations WHERE owner = $1 AND id = ANY ($2) AND deleted_at_ms IS NULL`,
  save: `INSERT INTO conversations (owner, id, title, model_id, created_at_ms, updated_at_ms, head_message_id, pinned, settings, search)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (owner, id) DO UPDATE SET title = excluded.title, model_id = excluded.model_id, pinned = excluded.pinned,
      settings = excluded.settings, updated_at_ms = excluded.updated_at_ms, head_message_id = excluded.head_message_id,
      search = excluded.search`,
  // It holds the row until the transaction ends: what another server does in the conversation waits for it.
  touch:
    "UPDATE conversations SET model_id = $3, updated_at_ms = $4, head_message_id = $5 WHERE owner = $1 AND id = $2",
  setConversationDeleted: "UPDATE conversations SET deleted_at_ms = $3 WHERE owner = $1 AND id = $2",
  purgeConversations: "DELETE FROM conversations WHERE owner = $1 AND deleted_at_ms < $2",

  messages: `SELECT * FROM messages WHERE owner = $1 AND conversation_id = $2 AND deleted_at_ms IS NULL ORDER BY added`,
  message: `SELECT messages.* FROM messages WHERE ${visible} AND messages.id = $2`,
  path: `SELECT messages.*, depth FROM messages JOIN (
      WITH RECURSIVE up (id, parent_id, depth) AS (
        SELECT id, parent_id, 0 FROM messages WHERE owner = $1 AND id = $2
        UNION ALL
        SELECT messages.id, messages.parent_id, depth + 1 FROM messages JOIN up ON messages.owner = $1 AND messages.id = up.parent_id
      ) SELECT id, depth FROM up
    ) AS path ON path.id = messages.id WHERE ${visible} ORDER BY depth DESC`,
  messageByRequest: "SELECT * FROM messages WHERE owner = $1 AND request_id = $2 AND deleted_at_ms IS NULL",
  isRequestKnown: "SELECT 1 FROM messages WHERE owner = $1 AND request_id = $2",
  addMessage: `INSERT INTO messages (owner, id, conversation_id, parent_id, role, text, status, model_id, generation_id, stop_reason,
      stats, error, read_from_message_id, summary, rating, request_id, created_at_ms, search)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
  reopenReply: `UPDATE messages SET status = 'generating', generation_id = $3, stop_reason = NULL, stats = NULL, error = NULL,
      request_id = $4 WHERE owner = $1 AND id = $2`,
  finishReply: `UPDATE messages SET text = $4, status = 'complete', stop_reason = $5, stats = $6, error = $7, search = $8
    WHERE owner = $1 AND id = $2 AND generation_id IS NOT DISTINCT FROM $3 AND status = 'generating'`,
  unfinished: "SELECT * FROM messages WHERE owner = $1 AND status = 'generating' ORDER BY added",
  setReadFrom: "UPDATE messages SET read_from_message_id = $3, summary = $4 WHERE owner = $1 AND id = $2",
  rate: "UPDATE messages SET rating = $3 WHERE owner = $1 AND id = $2",
  setMessagesDeleted: "UPDATE messages SET deleted_at_ms = $3 WHERE owner = $1 AND id = ANY ($2)",
  // With the message and each that it stands below, all that was deleted together with that one.
  restoreMessages: `UPDATE messages SET deleted_at_ms = NULL WHERE owner = $1
    AND deleted_at_ms IN (
      WITH RECURSIVE up (parent_id, deleted_at_ms) AS (
        SELECT parent_id, deleted_at_ms FROM messages WHERE owner = $1 AND id = $2
        UNION ALL
        SELECT messages.parent_id, messages.deleted_at_ms FROM messages JOIN up ON messages.owner = $1 AND messages.id = up.parent_id
      ) SELECT deleted_at_ms FROM up)
    AND conversation_id = (SELECT conversations.id FROM conversations
      JOIN messages ON messages.owner = $1 AND messages.conversation_id = conversations.id
      WHERE conversations.owner = $1 AND messages.id = $2 AND conversations.deleted_at_ms IS NULL)
    RETURNING id`,
  purgeMessages: "DELETE FROM messages WHERE owner = $1 AND deleted_at_ms < $2",

  // As SQLite's triggers count it. The length of a text is known without reading the text.
  held: `SELECT (SELECT count(*) FROM conversations WHERE owner = $1) AS conversations,
    (SELECT coalesce(sum(bytes), 0) FROM (${heldRows("WHERE owner = $1")}) AS kept) AS bytes`,

  addAttachment: `INSERT INTO attachments (owner, id, name, size_bytes, text, created_at_ms) VALUES ($1, $2, $3, $4, $5, $6)`,
  attach: "UPDATE attachments SET message_id = $2, position = $3 WHERE owner = $1 AND id = $4 AND message_id IS NULL",
  attachmentsOf: `SELECT message_id, id, name, size_bytes FROM attachments WHERE owner = $1 AND message_id = ANY ($2) ORDER BY position`,
  isAttached: "SELECT 1 FROM attachments WHERE owner = $1 AND id = $2 AND message_id IS NOT NULL",
  attachmentText: "SELECT name, text FROM attachments WHERE owner = $1 AND id = $2",
  forgetAttachment: "DELETE FROM attachments WHERE owner = $1 AND id = $2 AND message_id IS NULL",
  purgeAttachments: "DELETE FROM attachments WHERE owner = $1 AND message_id IS NULL AND created_at_ms < $2",

  scopes: `SELECT scope, value FROM settings WHERE owner = $1 ORDER BY scope COLLATE "C"`,
  setScope: `INSERT INTO settings (owner, scope, value) VALUES ($1, $2, $3)
    ON CONFLICT (owner, scope) DO UPDATE SET value = excluded.value`,
  removeScope: "DELETE FROM settings WHERE owner = $1 AND scope = $2",
  presets: `SELECT name, value FROM presets WHERE owner = $1 ORDER BY lower(name COLLATE "C"), name COLLATE "C"`,
  savePreset: `INSERT INTO presets (owner, name, value) VALUES ($1, $2, $3)
    ON CONFLICT (owner, name) DO UPDATE SET value = excluded.value`,
  deletePreset: "DELETE FROM presets WHERE owner = $1 AND name = $2",
};

/**
 * Looks for so many phrases in titles and texts: `$2` is how many hits are wanted, `$3` and on are the phrases, each after a space.
 * The best come first, by BM25 as FTS5 has it, but that every phrase weighs the same: all of them are in every hit.
 */
export function searchStatement(phraseCount: number): string {
  const phrases = Array.from({ length: phraseCount }, (_, index) => `$${index + 3}::text`);
  const all = (column: string) => phrases.map((phrase) => `${column} LIKE '%' || ${phrase} || '%'`).join(" AND ");
  const occurrences = (phrase: string) =>
    `((length(search) - length(replace(search, ${phrase}, ''))) / length(${phrase}))`;
  const norm = "1.2 * (0.25 + 0.75 * length(search) / average)";
  const rank = phrases.map((phrase) => `${occurrences(phrase)} * 2.2 / (${occurrences(phrase)} + ${norm})`).join(" + ");
  return `SELECT conversation_id, message_id, text FROM (
      SELECT *, avg(length(search)) OVER (PARTITION BY message_id IS NULL) AS average FROM (
        SELECT id AS conversation_id, NULL AS message_id, title AS text, search FROM conversations
          WHERE owner = $1 AND deleted_at_ms IS NULL AND ${all("search")}
        UNION ALL
        SELECT conversation_id, messages.id, text, search FROM messages WHERE ${visible} AND ${all("search")}
      ) AS found
    ) AS weighed ORDER BY message_id IS NOT NULL, ${rank} DESC, conversation_id, message_id LIMIT $2`;
}

/** Whether a reply is being made in a conversation; the inner select is asked once, whatever the number of rows. */
const generating =
  "id IN (SELECT conversation_id FROM messages WHERE status = 'generating' AND deleted_at_ms IS NULL) AS generating";

/** Every statement of the conversation store. Deleted rows are kept for a while but never found. */
export const conversationStatements = {
  list: `SELECT *, ${generating} FROM conversations WHERE deleted_at_ms IS NULL ORDER BY updated_at_ms DESC, id`,
  get: `SELECT *, ${generating} FROM conversations WHERE id = ? AND deleted_at_ms IS NULL`,
  save: `INSERT INTO conversations (id, title, model_id, created_at_ms, updated_at_ms, head_message_id, pinned, settings)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET title = excluded.title, model_id = excluded.model_id, pinned = excluded.pinned,
         settings = excluded.settings, updated_at_ms = excluded.updated_at_ms, head_message_id = excluded.head_message_id`,
  touch: "UPDATE conversations SET model_id = ?, updated_at_ms = ?, head_message_id = ? WHERE id = ?",
  setConversationDeleted: "UPDATE conversations SET deleted_at_ms = ? WHERE id = ?",
  purgeConversations: "DELETE FROM conversations WHERE deleted_at_ms < ?",

  // In the order in which they were added, a parent before its children: clocks can be set back.
  messages: "SELECT * FROM messages WHERE conversation_id = ? AND deleted_at_ms IS NULL ORDER BY rowid",
  messagePage: `SELECT rowid AS row, * FROM messages WHERE conversation_id = ? AND deleted_at_ms IS NULL
       AND (created_at_ms, rowid) > (?, ?) ORDER BY created_at_ms, rowid LIMIT ?`,
  message: `SELECT messages.* FROM messages JOIN conversations ON conversations.id = conversation_id
       WHERE messages.id = ? AND messages.deleted_at_ms IS NULL AND conversations.deleted_at_ms IS NULL`,
  messageByRequest: "SELECT * FROM messages WHERE request_id = ? AND deleted_at_ms IS NULL",
  isRequestKnown: "SELECT 1 FROM messages WHERE request_id = ?",
  addMessage: `INSERT INTO messages (id, conversation_id, parent_id, role, text, status, model_id, generation_id, stop_reason, stats,
         error, read_from_message_id, summary, rating, request_id, created_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  reopenReply: `UPDATE messages SET status = 'generating', generation_id = ?, stop_reason = NULL, stats = NULL, error = NULL,
         request_id = ? WHERE id = ?`,
  setReadFrom: "UPDATE messages SET read_from_message_id = ?, summary = ? WHERE id = ?",
  rate: "UPDATE messages SET rating = ? WHERE id = ?",
  setMessageDeleted: "UPDATE messages SET deleted_at_ms = ? WHERE id = ?",
  // With the message and each that it stands below, all that was deleted together with that one.
  deletedWith: `WITH RECURSIVE up (id, parent_id, deleted_at_ms) AS (
         SELECT id, parent_id, deleted_at_ms FROM messages WHERE id = ?
         UNION ALL
         SELECT messages.id, messages.parent_id, messages.deleted_at_ms FROM messages JOIN up ON messages.id = up.parent_id
       )
       SELECT id FROM messages WHERE deleted_at_ms IN (SELECT deleted_at_ms FROM up)
         AND conversation_id = (SELECT conversations.id FROM conversations JOIN messages ON conversations.id = conversation_id
           WHERE messages.id = ? AND conversations.deleted_at_ms IS NULL)`,
  // Each by itself: SQLite deletes what hangs on a message within the message's own deletion, and gives up a thousand deep
  // (sqlite.org/limits.html#max_trigger_depth).
  untiePurged: `UPDATE messages SET parent_id = NULL, deleted_at_ms = 0 WHERE id IN (
       WITH RECURSIVE gone (id) AS (
         SELECT id FROM messages WHERE deleted_at_ms < ?
         UNION
         SELECT id FROM messages WHERE conversation_id IN (SELECT id FROM conversations WHERE deleted_at_ms < ?)
         UNION
         SELECT messages.id FROM messages JOIN gone ON messages.parent_id = gone.id
       ) SELECT id FROM gone)`,
  purgeMessages: "DELETE FROM messages WHERE deleted_at_ms < ?",

  appendPiece: "INSERT INTO pieces (message_id, seq, text) VALUES (?, ?, ?)",
  pieces: "SELECT text FROM pieces WHERE message_id = ? ORDER BY seq",
  deletePieces: "DELETE FROM pieces WHERE message_id = ?",
  finishReply: `UPDATE messages SET text = ?, status = 'complete', stop_reason = ?, stats = ?, error = ?
       WHERE id = ? AND generation_id IS ? AND status = 'generating'`,
  unfinished: "SELECT * FROM messages WHERE status = 'generating'",

  held: "SELECT bytes, conversations FROM held",

  addAttachment: "INSERT INTO attachments (id, name, size_bytes, text, created_at_ms) VALUES (?, ?, ?, ?, ?)",
  attach: "UPDATE attachments SET message_id = ?, position = ? WHERE id = ? AND message_id IS NULL",
  attachmentsOf: "SELECT id, name, size_bytes AS sizeBytes FROM attachments WHERE message_id = ? ORDER BY position",
  isAttached: "SELECT 1 FROM attachments WHERE id = ? AND message_id IS NOT NULL",
  attachmentText: "SELECT name, text FROM attachments WHERE id = ?",
  forgetAttachment: "DELETE FROM attachments WHERE id = ? AND message_id IS NULL",
  purgeAttachments: "DELETE FROM attachments WHERE message_id IS NULL AND created_at_ms < ?",

  search: `SELECT search.conversation_id, search.message_id, snippet(search, 0, char(2), char(3), '…', 12) AS snippet
       FROM search JOIN conversations ON conversations.id = search.conversation_id
       LEFT JOIN messages ON messages.id = search.message_id
       WHERE search MATCH ? AND conversations.deleted_at_ms IS NULL AND messages.deleted_at_ms IS NULL
       ORDER BY search.message_id IS NOT NULL, rank LIMIT ?`,
};

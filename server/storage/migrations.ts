import { heldStatements } from "./heldStatements.js";

/**
 * The database's history: entry n takes it from version n to n + 1. Never change one that was released; add another.
 * Times are milliseconds since 1970.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    model_id TEXT,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    head_message_id TEXT
  ) STRICT;
  CREATE INDEX conversations_by_update ON conversations (updated_at_ms DESC);

  CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    parent_id TEXT REFERENCES messages (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    status TEXT NOT NULL,
    model_id TEXT,
    generation_id TEXT,
    stop_reason TEXT,
    stats TEXT,
    error TEXT,
    request_id TEXT UNIQUE,
    created_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX messages_by_conversation ON messages (conversation_id, created_at_ms);
  CREATE INDEX messages_generating ON messages (status) WHERE status = 'generating';

  -- Text of replies that are still being made, as it was streamed; folded into the message at its end.
  CREATE TABLE pieces (
    message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (message_id, seq)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE conversations ADD COLUMN settings TEXT;
  ALTER TABLE conversations ADD COLUMN deleted_at_ms INTEGER;
  ALTER TABLE messages ADD COLUMN deleted_at_ms INTEGER;
  ALTER TABLE messages ADD COLUMN read_from_message_id TEXT;
  ALTER TABLE messages ADD COLUMN rating INTEGER;

  -- Text files; those of a message that was never sent have no message.
  CREATE TABLE attachments (
    id TEXT PRIMARY KEY,
    message_id TEXT REFERENCES messages (id) ON DELETE CASCADE,
    position INTEGER NOT NULL DEFAULT 0,
    name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    text TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX attachments_by_message ON attachments (message_id);

  -- Parameters by scope: 'everyone' or 'model:<id>'.
  CREATE TABLE settings (scope TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE presets (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

  -- What a search looks through: texts (row 2n of message row n) and titles (row 2n + 1 of conversation row n).
  CREATE VIRTUAL TABLE search USING fts5 (
    text, conversation_id UNINDEXED, message_id UNINDEXED, tokenize = 'unicode61 remove_diacritics 2'
  );
  INSERT INTO search (rowid, text, conversation_id, message_id) SELECT rowid * 2 + 1, title, id, NULL FROM conversations;
  INSERT INTO search (rowid, text, conversation_id, message_id)
    SELECT rowid * 2, text, conversation_id, id FROM messages WHERE status = 'complete';
  CREATE TRIGGER search_conversation_added AFTER INSERT ON conversations BEGIN
    INSERT INTO search (rowid, text, conversation_id, message_id) VALUES (new.rowid * 2 + 1, new.title, new.id, NULL);
  END;
  CREATE TRIGGER search_conversation_titled AFTER UPDATE OF title ON conversations WHEN new.title <> old.title BEGIN
    UPDATE search SET text = new.title WHERE rowid = new.rowid * 2 + 1;
  END;
  CREATE TRIGGER search_conversation_removed AFTER DELETE ON conversations BEGIN
    DELETE FROM search WHERE rowid = old.rowid * 2 + 1;
  END;
  CREATE TRIGGER search_message_added AFTER INSERT ON messages WHEN new.status = 'complete' BEGIN
    INSERT INTO search (rowid, text, conversation_id, message_id)
      VALUES (new.rowid * 2, new.text, new.conversation_id, new.id);
  END;
  CREATE TRIGGER search_message_finished AFTER UPDATE OF text ON messages WHEN new.status = 'complete' BEGIN
    DELETE FROM search WHERE rowid = new.rowid * 2;
    INSERT INTO search (rowid, text, conversation_id, message_id)
      VALUES (new.rowid * 2, new.text, new.conversation_id, new.id);
  END;
  CREATE TRIGGER search_message_removed AFTER DELETE ON messages BEGIN
    DELETE FROM search WHERE rowid = old.rowid * 2;
  END;
  `,
  `
  -- What the model has read in place of the messages before read_from_message_id.
  ALTER TABLE messages ADD COLUMN summary TEXT;
  `,
  `
  -- Without it, what goes with a message is looked for in all of them, once for each that is purged.
  CREATE INDEX messages_by_parent ON messages (parent_id);
  CREATE INDEX messages_deleted ON messages (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;
  `,
  heldStatements,
];

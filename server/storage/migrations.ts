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
];

import { AppError } from "../../platform/AppError.js";
import type { Postgres } from "./Postgres.js";

/**
 * The database's history: entry n takes it from version n to n + 1. Never change one that was released; add another.
 * Every key begins with the owner, and rows refer to others by it too: no row can belong to another owner's ([T6]).
 * Times are milliseconds since 1970.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE conversations (
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    model_id TEXT,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    head_message_id TEXT,
    pinned BOOLEAN NOT NULL DEFAULT FALSE,
    settings TEXT,
    deleted_at_ms BIGINT,
    -- The words of the title, see searchWords.ts.
    search TEXT NOT NULL,
    PRIMARY KEY (owner, id)
  );
  CREATE INDEX conversations_by_update ON conversations (owner, updated_at_ms DESC);

  CREATE TABLE messages (
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    -- The order in which they were added, a parent before its children: clocks can be set back.
    added BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY,
    conversation_id TEXT NOT NULL,
    parent_id TEXT,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    status TEXT NOT NULL,
    model_id TEXT,
    generation_id TEXT,
    stop_reason TEXT,
    stats TEXT,
    error TEXT,
    read_from_message_id TEXT,
    summary TEXT,
    rating SMALLINT,
    request_id TEXT,
    created_at_ms BIGINT NOT NULL,
    deleted_at_ms BIGINT,
    -- The words of the text; NULL for a reply that is made for the first time.
    search TEXT,
    PRIMARY KEY (owner, id),
    CONSTRAINT messages_request UNIQUE (owner, request_id),
    FOREIGN KEY (owner, conversation_id) REFERENCES conversations (owner, id) ON DELETE CASCADE,
    FOREIGN KEY (owner, parent_id) REFERENCES messages (owner, id) ON DELETE CASCADE
  );
  CREATE INDEX messages_by_conversation ON messages (owner, conversation_id, added);
  CREATE INDEX messages_by_parent ON messages (owner, parent_id);
  CREATE INDEX messages_generating ON messages (owner, conversation_id) WHERE status = 'generating';

  CREATE TABLE attachments (
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    message_id TEXT,
    position INTEGER NOT NULL DEFAULT 0,
    name TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    text TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (owner, id),
    FOREIGN KEY (owner, message_id) REFERENCES messages (owner, id) ON DELETE CASCADE
  );
  CREATE INDEX attachments_by_message ON attachments (owner, message_id);

  -- Parameters by scope: 'everyone' or 'model:<id>'.
  CREATE TABLE settings (owner TEXT NOT NULL, scope TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (owner, scope));
  CREATE TABLE presets (owner TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (owner, name));

  -- Searches go without it too, only slower: not everybody may add an extension.
  DO $$ BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX conversations_search ON conversations USING gin (search gin_trgm_ops);
    CREATE INDEX messages_search ON messages USING gin (search gin_trgm_ops);
  EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN NULL;
  END $$;
  `,
];

/** Any number, the same in every Cria: who holds it changes the tables. */
const lockKey = 4_242_067_301;

/**
 * Brings the tables up to date; of several servers that start at once, one does it and the others wait. Throws `storage_failed` when
 * a newer Cria has been here.
 */
export async function migratePostgres(postgres: Postgres): Promise<void> {
  await postgres.transaction(async (ask) => {
    await ask("SELECT pg_advisory_xact_lock($1)", [lockKey]);
    await ask("CREATE TABLE IF NOT EXISTS cria_version (version INTEGER NOT NULL)", []);
    const { rows } = await ask<{ version: number }>("SELECT version FROM cria_version", []);
    const version = rows[0]?.version ?? 0;
    if (version > migrations.length)
      throw new AppError("storage_failed", "The conversations were written by a newer version of Cria.", {
        hint: "Update Cria on this machine too, or use another database.",
      });
    if (version === migrations.length) return;
    for (const migration of migrations.slice(version)) await ask(migration, []);
    await ask("DELETE FROM cria_version", []);
    await ask("INSERT INTO cria_version (version) VALUES ($1)", [migrations.length]);
  });
}

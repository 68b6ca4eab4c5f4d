import Database from "libsql";
import { AppError } from "../platform/AppError.js";
import { migrations } from "./migrations.js";

export type Db = Database.Database;

/**
 * Opens (or makes) the database and brings its tables up to date. Write-ahead log with `synchronous = NORMAL`: what was
 * committed survives the death of any process; a power cut may take the last moments but never corrupts.
 * Source: sqlite.org/wal.html, sqlite.org/pragma.html#pragma_synchronous. Throws `storage_failed`.
 */
export function openDatabase(path: string): Db {
  try {
    const db = new Database(path, { timeout: 5000 });
    db.exec("PRAGMA journal_mode = WAL");
    db.exec("PRAGMA synchronous = NORMAL");
    db.exec("PRAGMA foreign_keys = ON");
    migrate(db);
    return db;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("storage_failed", `The conversations in ${path} cannot be opened.`, {
      hint: `${cause instanceof Error ? cause.message : String(cause)}. Move the file away to start with an empty history.`,
      cause,
    });
  }
}

function migrate(db: Db): void {
  const row = db.prepare("PRAGMA user_version").get() as { user_version: number };
  const version = Number(row.user_version);
  if (version > migrations.length)
    throw new AppError("storage_failed", "The conversations were written by a newer version of Cria.", {
      hint: "Update Cria, or use another home folder with --home DIR.",
    });
  for (let next = version; next < migrations.length; next++) {
    db.exec("BEGIN IMMEDIATE");
    try {
      db.exec(migrations[next] ?? "");
      db.exec(`PRAGMA user_version = ${next + 1}`);
      db.exec("COMMIT");
    } catch (error) {
      db.exec("ROLLBACK");
      throw error;
    }
  }
}

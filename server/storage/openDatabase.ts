import { closeSync, openSync } from "node:fs";
import Database from "libsql";
import { AppError } from "../platform/AppError.js";
import { forbidden, keepPrivate } from "./keepPrivate.js";
import { migrations } from "./migrations.js";
import { isCorrupt, storageError } from "./storageError.js";

export type Db = Database.Database;

/**
 * Opens (or makes) the database and brings its tables up to date. Write-ahead log with `synchronous = NORMAL`: what was
 * committed survives the death of any process; a power cut may take the last moments but never corrupts.
 * Source: sqlite.org/wal.html, sqlite.org/pragma.html#pragma_synchronous. Throws `storage_corrupt`, `disk_full`
 * or `storage_failed`.
 */
export function openDatabase(path: string): Db {
  let db: Db | undefined;
  try {
    makePrivately(path);
    db = new Database(path, { timeout: 5000 });
    db.exec("PRAGMA journal_mode = WAL");
    db.exec("PRAGMA synchronous = NORMAL");
    db.exec("PRAGMA foreign_keys = ON");
    migrate(db);
    return db;
  } catch (cause) {
    db?.close();
    throw openError(path, cause);
  }
}

/**
 * Closes a database of {@link openDatabase} with all that it holds in its one file, so that a copy of that file is whole. The driver
 * leaves the write-ahead log beside it otherwise.
 */
export function closeDatabase(db: Db): void {
  try {
    // Whoever looks at it meanwhile is waited for so long: then the log stays, and the next one who opens the file reads it.
    db.exec("PRAGMA busy_timeout = 500");
    db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
  } catch {
    // A full disk: the log stays, too.
  }
  db.close();
}

/**
 * A file that is missing is made for its owner alone, whoever may enter the folder that it is in; what SQLite puts beside it gets the
 * same mode. One that is there gets it, too, but is not opened.
 */
function makePrivately(path: string): void {
  if (path === ":memory:") return;
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch {
    // It is there, or SQLite says what is wrong.
    for (const suffix of ["", "-wal", "-shm"]) keepPrivate(path + suffix, forbidden.file);
  }
}

function openError(path: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  if (isCorrupt(cause)) return new AppError("storage_corrupt", `The file ${path} is damaged.`, { cause });
  const known = storageError(cause);
  if (known instanceof AppError && known.code === "disk_full")
    return new AppError("disk_full", `The disk is full: the conversations in ${path} cannot be opened.`, {
      hint: "Free some room on the disk of the home folder, then start again. Nothing is lost.",
      cause,
    });
  return new AppError("storage_failed", `The conversations in ${path} cannot be opened.`, {
    hint: `${cause instanceof Error ? cause.message : String(cause)}. Move the file away to start with an empty history.`,
    cause,
  });
}

/** A database as it is, for looking at it: nothing is made or changed. Throws `storage_corrupt` or `storage_failed`. */
export function openExistingDatabase(path: string): Db {
  let db: Db | undefined;
  try {
    db = new Database(path, { timeout: 5000 });
    db.exec("PRAGMA query_only = ON");
    // The first thing that is read from the file.
    db.prepare("PRAGMA schema_version").get();
    return db;
  } catch (cause) {
    db?.close();
    throw openError(path, cause);
  }
}

/**
 * A file that this process holds alone from now on, by SQLite's own lock; undefined when another one does. Closing it, or the end of
 * the process, gives it up.
 */
export function openLockFile(path: string): Db | undefined {
  makePrivately(path);
  const db = new Database(path, { timeout: 0 });
  try {
    db.exec("PRAGMA journal_mode = DELETE");
    db.exec("BEGIN EXCLUSIVE");
    return db;
  } catch (error) {
    db.close();
    if (error instanceof Error && "code" in error && error.code === "SQLITE_BUSY") return undefined;
    throw error;
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
      if (db.inTransaction) db.exec("ROLLBACK");
      throw error;
    }
  }
}

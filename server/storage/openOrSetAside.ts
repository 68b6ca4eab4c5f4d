import { existsSync, renameSync, statSync } from "node:fs";
import { AppError } from "../platform/AppError.js";
import { type Db, openDatabase } from "./openDatabase.js";

/** Bigger files are not read through at every start: that would take seconds. */
const checkedSizeBytes = 256e6;

/** The database, and where the damaged one that was in its place lies now. */
export interface OpenedDatabase {
  db: Db;
  setAsidePath: string | undefined;
}

/**
 * Opens the database. One that is damaged is not touched any further: it is renamed to `<name>.corrupt-<time>`, with its log beside
 * it, and an empty one takes its place. Throws `storage_failed`.
 */
export function openOrSetAside(path: string, now = new Date()): OpenedDatabase {
  try {
    const db = openDatabase(path);
    if (existsSync(path) && statSync(path).size <= checkedSizeBytes) checkIntegrity(db);
    return { db, setAsidePath: undefined };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "storage_corrupt") throw error;
    const setAsidePath = setAside(path, now);
    return { db: openDatabase(path), setAsidePath };
  }
}

/** Closes the database and throws `storage_corrupt` when its pages contradict each other. */
export function checkIntegrity(db: Db): void {
  let verdict: unknown;
  try {
    verdict = (db.prepare("PRAGMA quick_check(1)").get() as { quick_check?: unknown }).quick_check;
  } catch (cause) {
    verdict = cause;
  }
  if (verdict === "ok") return;
  db.close();
  throw new AppError("storage_corrupt", "The file of the chats is damaged.", { cause: verdict });
}

function setAside(path: string, now: Date): string {
  const time = now
    .toISOString()
    .replaceAll(":", "-")
    .replace(/\.\d+Z$/, "Z");
  let target = `${path}.corrupt-${time}`;
  for (let n = 2; existsSync(target); n++) target = `${path}.corrupt-${time}-${n}`;
  try {
    renameSync(path, target);
    for (const suffix of ["-wal", "-shm"]) if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix);
  } catch (cause) {
    throw new AppError("storage_failed", `The chats in ${path} are damaged, and the file cannot be moved away.`, {
      hint: "Move it away by hand to start with an empty history.",
      cause,
    });
  }
  return target;
}

import { existsSync } from "node:fs";
import { AppError } from "../platform/AppError.js";
import { openExistingDatabase } from "./openDatabase.js";
import { storageError } from "./storageError.js";

/**
 * Reads a whole database and changes nothing in it; it may be in use. Gives how many conversations there are, or undefined when there
 * is no such file. Throws `storage_corrupt` or `storage_failed`.
 */
export function examineDatabase(path: string): { conversations: number } | undefined {
  if (!existsSync(path)) return undefined;
  const db = openExistingDatabase(path);
  try {
    const { integrity_check: verdict } = db.prepare("PRAGMA integrity_check(1)").get() as { integrity_check: unknown };
    if (verdict !== "ok") throw new AppError("storage_corrupt", `The file ${path} is damaged: ${String(verdict)}.`);
    const { count } = db.prepare("SELECT count(*) AS count FROM conversations").get() as { count: number };
    return { conversations: count };
  } catch (error) {
    throw storageError(error);
  } finally {
    db.close();
  }
}

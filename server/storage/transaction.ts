import type { Db } from "./openDatabase.js";
import { storageError } from "./storageError.js";

/** Runs `work` so that all of it is stored or nothing. Throws as the statements do. */
export function transaction<T>(db: Db, work: () => T): T {
  try {
    db.exec("BEGIN IMMEDIATE");
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // A full disk has ended the transaction already. Asked of a closed database, libsql ends the process.
    if (db.open && db.inTransaction) db.exec("ROLLBACK");
    throw storageError(error);
  }
}

import { AppError } from "../platform/AppError.js";

/** SQLite's result codes by their names; longer ones are more precise. Source: sqlite.org/rescode.html. */
function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** The file is no database any more, one that contradicts itself, or shorter than it says. */
export function isCorrupt(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB|IOERR_SHORT_READ)/.test(codeOf(error));
}

/**
 * What the disk did to a statement, in words for people; anything else, such as a broken constraint, as it is.
 * Gives `disk_full`, `storage_corrupt` or `storage_failed`.
 */
export function storageError(error: unknown): unknown {
  const code = codeOf(error);
  if (code.startsWith("SQLITE_FULL"))
    return new AppError("disk_full", "The disk is full: the chat cannot be stored.", {
      hint: "Free some room on the disk of the home folder, then try again.",
      cause: error,
    });
  if (isCorrupt(error))
    return new AppError("storage_corrupt", "The file of the chats is damaged.", {
      hint: "Start Cria again: it sets the file aside and begins a new one. cria doctor says more.",
      cause: error,
    });
  if (/^SQLITE_(READONLY|IOERR|CANTOPEN|PERM|BUSY|LOCKED|NOMEM|TOOBIG)/.test(code))
    return new AppError("storage_failed", "The chat cannot be stored or read.", {
      hint: `The disk says: ${error instanceof Error ? error.message : code}. cria doctor looks at the home folder.`,
      cause: error,
    });
  return error;
}

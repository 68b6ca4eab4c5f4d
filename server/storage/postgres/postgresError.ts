import { AppError } from "../../platform/AppError.js";

/** The server went away, is not there yet, or takes nobody. Source: postgresql.org/docs/current/errcodes-appendix.html. */
const awayState = /^(08...|57P0[1-5]|53...|25006|28...|3D000)$/;
const awayCode = /^(ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENOENT)$/;
/** It took longer than a statement may, or waited too long for another one. */
const tooSlow = /^(57014|55P03|40P01)$/;
/** What `pg` says without a code when a connection is lost or does not come about in time. */
const awayMessage =
  /^(Connection terminated|timeout (exceeded )?when trying to connect|Query read timeout|Client has encountered a connection error)/;

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Whether the connection was lost or never came about, so that nothing is known of what was asked last. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // One try for each of a name's addresses.
  if (error instanceof AggregateError) return error.errors.some(isAway);
  const code = codeOf(error);
  return awayState.test(code) || awayCode.test(code) || awayMessage.test(error.message);
}

/** The name of the constraint that a statement broke; undefined for any other error. */
export function brokenConstraint(error: unknown): string | undefined {
  if (!(error instanceof Error) || codeOf(error) !== "23505") return undefined;
  return "constraint" in error && typeof error.constraint === "string" ? error.constraint : undefined;
}

/** What is said of an error in one line, without secrets. */
export function reasonOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
}

/**
 * What kept a statement from being carried out, in words for people; anything else, such as a mistake in a statement, as it is.
 * Gives `disk_full` or `storage_failed`.
 */
export function postgresError(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  if (codeOf(error) === "53100")
    return new AppError("disk_full", "The disk of the database is full: the chat cannot be stored.", {
      hint: "Free some room on the disk of the Postgres server, then try again.",
      cause: error,
    });
  if (isAway(error) || tooSlow.test(codeOf(error)))
    return new AppError("storage_failed", "The database of the chats does not answer.", {
      hint: `Try again in a moment. Postgres says: ${reasonOf(error)}.`,
      cause: error,
    });
  return error;
}

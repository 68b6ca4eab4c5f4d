import { readdirSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../platform/AppError.js";
import type { HomePaths } from "../../platform/paths.js";
import { examineDatabase } from "../../storage/examineDatabase.js";
import { type Finding, ok, problem, warning } from "./Finding.js";

/** Every database of the home, read through, and those that were set aside because they were damaged. */
export function checkDatabases(paths: HomePaths): Finding[] {
  const findings = [paths.database, ...ownerDatabases(paths.ownerDatabases)].flatMap((path) => checkDatabase(path));
  const aside = list(paths.home).filter((name) => name.includes(".db.corrupt-") && !/-(wal|shm)$/.test(name));
  if (aside.length > 0)
    findings.push(
      warning(
        "database",
        `${aside.length} damaged ${aside.length === 1 ? "file was" : "files were"} set aside: ${aside.join(", ")}`,
        `What can be saved, SQLite's own tool saves: sqlite3 FILE .recover. Then delete ${aside.length === 1 ? "it" : "them"}.`,
      ),
    );
  return findings;
}

function checkDatabase(path: string): Finding[] {
  try {
    const found = examineDatabase(path);
    return found === undefined
      ? []
      : [ok("database", `${path} is whole, ${found.conversations} ${found.conversations === 1 ? "chat" : "chats"}`)];
  } catch (error) {
    const { code, message, hint } = AppError.from(error);
    return [
      problem(
        "database",
        message,
        code === "storage_corrupt"
          ? "The next cria serve sets the file aside and begins a new one. Keep it: SQLite's own tool may save what is in it (sqlite3 FILE .recover)."
          : (hint ?? "Give yourself the right to read the file."),
      ),
    ];
  }
}

const ownerDatabases = (folder: string) =>
  list(folder)
    .filter((name) => name.endsWith(".db"))
    .map((name) => join(folder, name));

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

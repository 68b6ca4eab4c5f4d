import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { AppError } from "../platform/AppError.js";
import { type Db, openLockFile } from "./openDatabase.js";
import { storageError } from "./storageError.js";

const holderSchema = z.object({ processId: z.int(), url: z.string().optional() });
export type HomeHolder = z.infer<typeof holderSchema>;

/**
 * Keeps a second server away from a home (docs/decisions/one-server-per-home.md). The lock is one of SQLite's on a file of its own:
 * the system gives it up with the process, however that ends, so nothing has to go stale and nobody takes it over by mistake.
 */
export class HomeLock {
  readonly #db: Db;
  readonly #holderPath: string;

  private constructor(db: Db, holderPath: string) {
    this.#db = db;
    this.#holderPath = holderPath;
  }

  /** Throws `home_in_use`, naming the other server, `disk_full`, or `storage_failed`. */
  static take(homePath: string): HomeLock {
    const holderPath = join(homePath, "server.json");
    let db: Db | undefined;
    try {
      db = openLockFile(join(homePath, "server.lock"));
    } catch (cause) {
      const known = storageError(cause);
      if (known instanceof AppError && known.code === "disk_full")
        throw new AppError("disk_full", `The disk is full: the home folder ${homePath} cannot be locked.`, {
          hint: "Free some room there, or choose another folder with --home DIR.",
          cause,
        });
      throw new AppError("storage_failed", `The home folder ${homePath} cannot be locked.`, {
        hint: "Give yourself the right to write there, or choose another folder with --home DIR.",
        cause,
      });
    }
    if (db === undefined) throw inUse(homePath, readHolder(homePath));
    const lock = new HomeLock(db, holderPath);
    lock.tell({ processId: process.pid });
    return lock;
  }

  /** Lets others know where this server is. */
  tell(holder: HomeHolder): void {
    try {
      writeFileSync(this.#holderPath, JSON.stringify(holder), { mode: 0o600 });
    } catch {
      // It is for messages only.
    }
  }

  release(): void {
    this.#db.close();
  }
}

/** Who wrote last that it holds the home: for messages, since it may be gone. */
export function readHolder(homePath: string): HomeHolder | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(join(homePath, "server.json"), "utf8")));
  } catch {
    return undefined;
  }
}

function inUse(homePath: string, holder: HomeHolder | undefined): AppError {
  const who =
    holder === undefined ? "" : ` (process ${holder.processId}${holder.url === undefined ? "" : ` at ${holder.url}`})`;
  return new AppError("home_in_use", `Another Cria server${who} uses the home folder ${homePath}.`, {
    hint:
      holder?.url === undefined
        ? "Use that one, stop it first, or give this one a home of its own with --home DIR."
        : `Open ${holder.url}, stop that server first, or give this one a home of its own with --home DIR.`,
  });
}

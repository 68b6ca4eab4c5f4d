import { basename, dirname } from "node:path";
import { localOwner } from "../access/Principal.js";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import { makeFolder } from "../platform/makeFolder.js";
import { type HomePaths, ownerDatabase } from "../platform/paths.js";
import type { ErrorInfo } from "../protocol/result.js";
import { ChatStores, sqliteStores } from "../storage/ChatStores.js";
import { forbidden, keepPrivate } from "../storage/keepPrivate.js";
import { openOrSetAside } from "../storage/openOrSetAside.js";
import type { ChatStorage, OpenedChats } from "./ChatStorage.js";

/**
 * Every owner's chats in a database file of their own: whatever is asked for, by whatever id, only the asker's own file is looked into
 * ([T6], docs/decisions/one-database-per-owner.md).
 */
export class SqliteChatStorage implements ChatStorage {
  readonly #paths: HomePaths;
  readonly #logger: Logger;

  constructor(paths: HomePaths, logger: Logger) {
    this.#paths = paths;
    this.#logger = logger;
  }

  async open(owner: string): Promise<OpenedChats> {
    const path = ownerDatabase(this.#paths, owner === localOwner ? undefined : owner);
    await makeFolder(dirname(path));
    const { home, ownerDatabases } = this.#paths;
    // A folder of another name may be many people's.
    if (basename(home) === ".cria") keepPrivate(home, forbidden.home);
    keepPrivate(ownerDatabases, forbidden.ownFolder);
    const { db, setAsidePath } = openOrSetAside(path);
    return {
      stores: new ChatStores(sqliteStores(db)),
      notices: setAsidePath === undefined ? [] : [this.#tellSetAside(setAsidePath)],
    };
  }

  async close(): Promise<void> {}

  #tellSetAside(setAsidePath: string): ErrorInfo {
    this.#logger.error({ setAsidePath }, "the file of the chats was damaged: it was set aside, and an empty one begun");
    return new AppError("storage_corrupt", "The file of your chats was damaged. Cria has begun a new, empty one.", {
      hint: `The damaged file was kept in the home folder as ${basename(setAsidePath)}.`,
    }).toInfo();
  }
}

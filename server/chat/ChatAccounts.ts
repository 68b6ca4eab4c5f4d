import { mkdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { localOwner } from "../access/Principal.js";
import type { ModelRegistry } from "../models/ModelRegistry.js";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import { type HomePaths, ownerDatabase } from "../platform/paths.js";
import type { ErrorInfo } from "../protocol/result.js";
import { ChatStores } from "../storage/ChatStores.js";
import { HomeLock } from "../storage/HomeLock.js";
import { openOrSetAside } from "../storage/openOrSetAside.js";
import { ChatFeed } from "./ChatFeed.js";
import { ChatService } from "./ChatService.js";
import { ConversationService } from "./ConversationService.js";
import type { GenerationService } from "./GenerationService.js";
import { ImportService } from "./ImportService.js";
import { SettingsService } from "./SettingsService.js";

/** The chats of one owner, and what can be done with them. */
export interface ChatAccount {
  readonly owner: string;
  readonly feed: ChatFeed;
  readonly chat: ChatService;
  readonly conversations: ConversationService;
  readonly settings: SettingsService;
  readonly imports: ImportService;
  /** What the owner is to be told of, for as long as this server runs. */
  readonly notices: readonly ErrorInfo[];
}

/**
 * Every owner's chats in a database of their own: whatever is asked for, by whatever id, only the asker's own file is looked into
 * ([T6], docs/decisions/one-database-per-owner.md). The file is opened when its owner first comes.
 */
export class ChatAccounts {
  readonly #paths: HomePaths;
  /** Two servers on one home would end each other's replies. */
  readonly #lock: HomeLock;
  readonly #generations: GenerationService;
  readonly #registry: ModelRegistry;
  readonly #logger: Logger;
  readonly #accounts = new Map<string, { account: ChatAccount; stores: ChatStores }>();
  readonly #openListeners: ((account: ChatAccount) => void)[] = [];

  /** Takes the home for this server; call {@link close} to give it up. Throws `home_in_use` or `storage_failed`. */
  constructor(paths: HomePaths, generations: GenerationService, registry: ModelRegistry, logger: Logger) {
    this.#paths = paths;
    this.#generations = generations;
    this.#registry = registry;
    this.#logger = logger;
    this.#lock = HomeLock.take(paths.home);
  }

  /** Throws `storage_failed`. */
  of(owner: string): ChatAccount {
    return this.#accounts.get(owner)?.account ?? this.#open(owner);
  }

  /** Calls `listener` with every account that is open or will be. */
  onOpen(listener: (account: ChatAccount) => void): void {
    for (const { account } of this.#accounts.values()) listener(account);
    this.#openListeners.push(listener);
  }

  close(): void {
    for (const { stores } of this.#accounts.values()) stores.close();
    this.#accounts.clear();
    this.#lock.release();
  }

  /** Others who want the home are told where it is in use. */
  tellAddress(url: string): void {
    this.#lock.tell({ processId: process.pid, url });
  }

  #open(owner: string): ChatAccount {
    const path = ownerDatabase(this.#paths, owner === localOwner ? undefined : owner);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const { db, setAsidePath } = openOrSetAside(path);
    const stores = new ChatStores(db);
    this.#finishInterrupted(stores);
    const feed = new ChatFeed();
    const account: ChatAccount = {
      owner,
      feed,
      chat: new ChatService(stores, this.#generations, this.#registry, feed, this.#logger),
      conversations: new ConversationService(owner, stores, this.#generations, feed),
      settings: new SettingsService(stores.settings, feed),
      imports: new ImportService(stores, feed),
      notices: setAsidePath === undefined ? [] : [this.#tellSetAside(setAsidePath)],
    };
    account.conversations.purge();
    this.#accounts.set(owner, { account, stores });
    for (const listener of this.#openListeners) listener(account);
    return account;
  }

  #tellSetAside(setAsidePath: string): ErrorInfo {
    this.#logger.error({ setAsidePath }, "the file of the chats was damaged: it was set aside, and an empty one begun");
    return new AppError("storage_corrupt", "The file of your chats was damaged. Cria has begun a new, empty one.", {
      hint: `The damaged file was kept in the home folder as ${basename(setAsidePath)}.`,
    }).toInfo();
  }

  /** Replies that the last server was in the middle of have ended with it. */
  #finishInterrupted(stores: ChatStores): void {
    const interrupted = stores.stored.finishInterrupted(
      new AppError("server_ended", "Cria ended in the middle of this reply.", {
        hint: "What had arrived is kept. Ask again for a whole one.",
      }).toInfo(),
    );
    if (interrupted > 0) this.#logger.warn({ interrupted }, "replies that the last server left unfinished were ended");
  }
}

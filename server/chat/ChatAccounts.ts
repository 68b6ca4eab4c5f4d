import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { localOwner } from "../access/Principal.js";
import type { ModelRegistry } from "../models/ModelRegistry.js";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import { type HomePaths, ownerDatabase } from "../platform/paths.js";
import { ChatStores } from "../storage/ChatStores.js";
import { openDatabase } from "../storage/openDatabase.js";
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
}

/**
 * Every owner's chats in a database of their own: whatever is asked for, by whatever id, only the asker's own file is looked into
 * ([T6], docs/decisions/one-database-per-owner.md). The file is opened when its owner first comes.
 */
export class ChatAccounts {
  readonly #paths: HomePaths;
  readonly #generations: GenerationService;
  readonly #registry: ModelRegistry;
  readonly #logger: Logger;
  readonly #accounts = new Map<string, { account: ChatAccount; stores: ChatStores }>();
  readonly #openListeners: ((account: ChatAccount) => void)[] = [];

  constructor(paths: HomePaths, generations: GenerationService, registry: ModelRegistry, logger: Logger) {
    this.#paths = paths;
    this.#generations = generations;
    this.#registry = registry;
    this.#logger = logger;
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
  }

  #open(owner: string): ChatAccount {
    const path = ownerDatabase(this.#paths, owner === localOwner ? undefined : owner);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const stores = new ChatStores(openDatabase(path));
    this.#finishInterrupted(stores);
    const feed = new ChatFeed();
    const account: ChatAccount = {
      owner,
      feed,
      chat: new ChatService(stores, this.#generations, this.#registry, feed, this.#logger),
      conversations: new ConversationService(owner, stores, this.#generations, feed),
      settings: new SettingsService(stores.settings, feed),
      imports: new ImportService(stores, feed),
    };
    account.conversations.purge();
    this.#accounts.set(owner, { account, stores });
    for (const listener of this.#openListeners) listener(account);
    return account;
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

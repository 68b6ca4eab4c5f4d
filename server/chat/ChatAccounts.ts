import { localOwner } from "../access/Principal.js";
import type { ModelRegistry } from "../models/ModelRegistry.js";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import type { Message } from "../protocol/conversation.js";
import type { ErrorInfo } from "../protocol/result.js";
import type { ChatStores } from "../storage/ChatStores.js";
import { HomeLock } from "../storage/HomeLock.js";
import { Allowance, type AllowanceLimits } from "./Allowance.js";
import { ChatFeed } from "./ChatFeed.js";
import { ChatService } from "./ChatService.js";
import type { ChatStorage } from "./ChatStorage.js";
import { ConversationService } from "./ConversationService.js";
import { finishInterrupted, isDiskFull } from "./finishInterrupted.js";
import type { GenerationService } from "./GenerationService.js";
import { ImportService } from "./ImportService.js";
import { KeyedQueue } from "./KeyedQueue.js";
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

interface OpenAccount {
  account: ChatAccount;
  stores: ChatStores;
  queue: KeyedQueue;
}

export interface ChatAccountsParts {
  /** Closed together with the accounts. */
  storage: ChatStorage;
  generations: GenerationService;
  registry: ModelRegistry;
  logger: Logger;
  /** What everybody but who runs the machine may hold; left out: any amount. */
  guestLimits?: AllowanceLimits;
  /**
   * Where several nodes make replies: what there is of one that nobody makes any more; undefined while somebody does. Left out: this
   * is the only server, so replies that are unfinished at its start are nobody's.
   */
  leftText?: (reply: Message) => Promise<string | undefined>;
}

/** The chats of all owners ([T6]). They are opened when their owner first comes. */
export class ChatAccounts {
  readonly #parts: ChatAccountsParts;
  /** Two servers on one home would end each other's replies. */
  readonly #lock: HomeLock;
  /** Those that are open or being opened. */
  readonly #accounts = new Map<string, Promise<OpenAccount>>();
  readonly #open: ChatAccount[] = [];
  readonly #openListeners: ((account: ChatAccount) => void)[] = [];
  #closed = false;

  /** Takes the home for this server; call {@link close} to give it up. Throws `home_in_use` or `storage_failed`. */
  constructor(homePath: string, parts: ChatAccountsParts) {
    this.#parts = parts;
    this.#lock = HomeLock.take(homePath);
  }

  /** Throws `storage_failed`, and `server_closing` after the close. */
  async of(owner: string): Promise<ChatAccount> {
    let opening = this.#accounts.get(owner);
    if (opening === undefined) {
      if (this.#closed) throw new AppError("server_closing", "The server is closing.");
      opening = this.#openAccount(owner);
      this.#accounts.set(owner, opening);
      // What failed is tried again by the next who comes.
      opening.catch(() => this.#accounts.delete(owner));
    }
    return (await opening).account;
  }

  /** Calls `listener` with every account that is open or will be. */
  onOpen(listener: (account: ChatAccount) => void): void {
    for (const account of this.#open) listener(account);
    this.#openListeners.push(listener);
  }

  /** Waits for what is being done, then closes the stores and gives up the home. */
  async close(): Promise<void> {
    this.#closed = true;
    const opened = await Promise.allSettled(this.#accounts.values());
    this.#accounts.clear();
    for (const result of opened) {
      if (result.status === "rejected") continue;
      await result.value.queue.idle();
      await result.value.stores.close();
    }
    await this.#parts.storage.close();
    this.#lock.release();
  }

  /** Others who want the home are told where it is in use. */
  tellAddress(url: string): void {
    this.#lock.tell({ processId: process.pid, url });
  }

  async #openAccount(owner: string): Promise<OpenAccount> {
    const { storage, generations, registry, logger, guestLimits, leftText } = this.#parts;
    const { stores, notices } = await storage.open(owner);
    const feed = new ChatFeed();
    const finished = finishInterrupted({ stores, feed, logger, textOf: leftText ?? (async ({ text }) => text) });
    // Other nodes may have to be waited for; the owner is not.
    if (leftText === undefined) await finished;
    else finished.catch((error: unknown) => logger.warn({ error: String(error) }, "left replies were not ended"));
    const queue = new KeyedQueue();
    const allowance = new Allowance(stores, owner === localOwner ? undefined : guestLimits);
    const account: ChatAccount = {
      owner,
      feed,
      chat: new ChatService({ stores, allowance, generations, registry, feed, queue, logger }),
      conversations: new ConversationService({ owner, stores, allowance, generations, feed, queue }),
      settings: new SettingsService(stores.settings, allowance, feed, queue),
      imports: new ImportService({ stores, allowance, feed, queue }),
      notices,
    };
    await account.conversations.purge().catch((error: unknown) => {
      // There is time: the next one who opens the chats does it.
      if (!isDiskFull(error)) throw error;
    });
    this.#open.push(account);
    for (const listener of this.#openListeners) listener(account);
    return { account, stores, queue };
  }
}

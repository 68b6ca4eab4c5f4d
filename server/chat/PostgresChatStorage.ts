import type { Logger } from "../platform/logger.js";
import { ChatStores } from "../storage/ChatStores.js";
import { Postgres } from "../storage/postgres/Postgres.js";
import { PostgresConversationStore } from "../storage/postgres/PostgresConversationStore.js";
import { PostgresSettingsStore } from "../storage/postgres/PostgresSettingsStore.js";
import { migratePostgres } from "../storage/postgres/postgresMigrations.js";
import type { ChatStorage, OpenedChats } from "./ChatStorage.js";

/** The chats of all owners in one Postgres database, which several servers share; every row has its owner ([T6]). */
export class PostgresChatStorage implements ChatStorage {
  readonly #postgres: Postgres;
  readonly #temporaryMark: string;

  private constructor(postgres: Postgres, temporaryMark: string) {
    this.#postgres = postgres;
    this.#temporaryMark = temporaryMark;
  }

  /** `temporaryMark`: see {@link ChatStores}. Throws `storage_failed`. */
  static async connect(url: string, temporaryMark: string, logger: Logger): Promise<PostgresChatStorage> {
    const postgres = await Postgres.open(url, logger);
    try {
      await migratePostgres(postgres);
      return new PostgresChatStorage(postgres, temporaryMark);
    } catch (error) {
      await postgres.close();
      throw error;
    }
  }

  open(owner: string): Promise<OpenedChats> {
    const kept = {
      stored: new PostgresConversationStore(this.#postgres, owner),
      settings: new PostgresSettingsStore(this.#postgres, owner),
    };
    return Promise.resolve({ stores: new ChatStores(kept, this.#temporaryMark), notices: [] });
  }

  async close(): Promise<void> {
    await this.#postgres.close();
  }
}

import { randomId } from "../platform/randomId.js";
import type { Conversation, Message } from "../protocol/conversation.js";
import type { ConversationStore } from "./ConversationStore.js";
import { type Db, openDatabase } from "./openDatabase.js";
import type { SettingsStore } from "./SettingsStore.js";
import { SqliteConversationStore } from "./SqliteConversationStore.js";
import { SqliteSettingsStore } from "./SqliteSettingsStore.js";

/**
 * Ids of temporary conversations, and of their messages, begin so: everything about them is looked up in memory. The dot is no
 * letter of base64url, in which random ids are written, so that none of those can begin so by chance.
 */
const temporaryPrefix = "t.";

/** What outlives the process. */
export interface KeptStores {
  stored: ConversationStore;
  settings: SettingsStore;
}

/** The stored conversations of one owner beside the temporary ones, which live in memory and are gone with the process. */
export class ChatStores {
  readonly stored: ConversationStore;
  readonly temporary: ConversationStore;
  readonly settings: SettingsStore;
  readonly #temporaryMark: string;
  #closed = false;

  /** `temporaryMark`: in the ids of temporary chats, where several processes have some; ends with a dot. */
  constructor({ stored, settings }: KeptStores, temporaryMark = "") {
    this.#temporaryMark = temporaryMark;
    this.stored = stored;
    this.temporary = new SqliteConversationStore(openDatabase(":memory:"), { temporary: true });
    this.settings = settings;
  }

  /** A new id for a conversation or a message of that sort. */
  newId(temporary: boolean): string {
    return (temporary ? temporaryPrefix + this.#temporaryMark : "") + randomId();
  }

  /** Where the conversation or message of this id is. */
  of(id: string): ConversationStore {
    return id.startsWith(temporaryPrefix) ? this.temporary : this.stored;
  }

  async conversation(id: string): Promise<Conversation | undefined> {
    return await this.of(id).get(id);
  }

  async message(id: string): Promise<Message | undefined> {
    return await this.of(id).message(id);
  }

  async messageByRequest(requestId: string): Promise<Message | undefined> {
    return (await this.stored.messageByRequest(requestId)) ?? (await this.temporary.messageByRequest(requestId));
  }

  get closed(): boolean {
    return this.#closed;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.temporary.close();
    await this.stored.close();
  }
}

/** The stores of a database file; closing them closes it. */
export function sqliteStores(db: Db): KeptStores {
  return { stored: new SqliteConversationStore(db), settings: new SqliteSettingsStore(db) };
}

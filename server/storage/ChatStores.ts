import { randomId } from "../platform/randomId.js";
import type { Conversation, Message } from "../protocol/conversation.js";
import { ConversationStore } from "./ConversationStore.js";
import { type Db, openDatabase } from "./openDatabase.js";
import { SettingsStore } from "./SettingsStore.js";

/**
 * Ids of temporary conversations, and of their messages, begin so: everything about them is looked up in memory. The dot is no
 * letter of base64url, in which random ids are written, so that none of those can begin so by chance.
 */
const temporaryPrefix = "t.";

/** The stored conversations beside the temporary ones, which live in memory and are gone with the process. */
export class ChatStores {
  readonly stored: ConversationStore;
  readonly temporary: ConversationStore;
  readonly settings: SettingsStore;
  #closed = false;

  constructor(db: Db) {
    this.stored = new ConversationStore(db);
    this.temporary = new ConversationStore(openDatabase(":memory:"), { temporary: true });
    this.settings = new SettingsStore(db);
  }

  /** A new id for a conversation or a message of that sort. */
  newId(temporary: boolean): string {
    return (temporary ? temporaryPrefix : "") + randomId();
  }

  /** Where the conversation or message of this id is. */
  of(id: string): ConversationStore {
    return id.startsWith(temporaryPrefix) ? this.temporary : this.stored;
  }

  conversation(id: string): Conversation | undefined {
    return this.of(id).get(id);
  }

  message(id: string): Message | undefined {
    return this.of(id).message(id);
  }

  messageByRequest(requestId: string): Message | undefined {
    return this.stored.messageByRequest(requestId) ?? this.temporary.messageByRequest(requestId);
  }

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
    this.temporary.close();
    this.stored.close();
  }
}

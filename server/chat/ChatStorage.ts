import type { ErrorInfo } from "../protocol/result.js";
import type { ChatStores } from "../storage/ChatStores.js";

/** The chats of one owner, open. */
export interface OpenedChats {
  stores: ChatStores;
  /** What the owner is to be told of, for as long as this server runs. */
  notices: ErrorInfo[];
}

/** Where the chats of all owners are kept. */
export interface ChatStorage {
  /** The stores of an owner; whoever opens them closes them. Throws `storage_failed`. */
  open(owner: string): Promise<OpenedChats>;

  /** After the stores are closed. */
  close(): Promise<void>;
}

import type { Conversation } from "./conversation.js";

/** What a file would bring, for people to look at before they take it. */
export interface ImportPreview {
  title: string;
  messageCount: number;
  updatedAtMs: number;
  /** Of the messages, those that are not there yet: all of a new chat, none of one that is there already. */
  newMessageCount: number;
  /** A chat is there that these messages would be added to. */
  known: boolean;
}

/** Stored anew; there, and given messages that it did not have; or there with all that the file has, and left as it is. */
export type ImportOutcome = "added" | "extended" | "present";

/** What became of a file's conversations, in the file's order. */
export interface ImportResult {
  /** As they are stored now. */
  conversations: Conversation[];
  /** Of each of them. */
  outcomes: ImportOutcome[];
}

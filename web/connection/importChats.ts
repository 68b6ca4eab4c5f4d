import type { Conversation } from "../../server/protocol/conversation.js";
import type { PageResult } from "./PageError.js";
import { post } from "./post.js";

/** A chat in a file, as it would be imported. */
export interface ImportPreview {
  title: string;
  messageCount: number;
  updatedAtMs: number;
}

/** What a file of chats would bring; nothing is stored. */
export function previewImport(json: string): Promise<PageResult<{ conversations: ImportPreview[] }>> {
  return post("/api/import?preview=1", json, "application/json");
}

/** Stores all chats of a file, or none if there is anything wrong with it. */
export function importChats(json: string): Promise<PageResult<{ conversations: Conversation[] }>> {
  return post("/api/import", json, "application/json");
}

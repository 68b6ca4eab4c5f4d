import type { Conversation } from "../../server/protocol/conversation.js";
import type { PageResult } from "./PageError.js";
import { post } from "./post.js";

/** A chat in a file, as it would be imported. */
export interface ImportPreview {
  title: string;
  messageCount: number;
  updatedAtMs: number;
  /** Of its messages, those that are not here yet. */
  newMessageCount: number;
  /** The chat is here; new messages are added to it. */
  known: boolean;
}

/** What became of the chats of a file: some are new, others got messages that they lacked, or were here with all that the file has. */
export interface ImportResult {
  conversations: Conversation[];
  outcomes: ("added" | "extended" | "present")[];
}

/** A file of chats, read once: what was looked at is what is imported, whatever becomes of the file meanwhile. */
export interface ChatFile {
  body: string | ArrayBuffer;
  contentType: "application/json" | "application/zip";
}

/** Undefined for what is neither JSON nor a zip, by its first bytes or its name. Whether a zip is whole, the server says. */
export async function readChatFile(chosen: File): Promise<ChatFile | undefined> {
  const bytes = await chosen.arrayBuffer();
  const [first, second] = new Uint8Array(bytes);
  if (/\.zip$/i.test(chosen.name) || (first === 0x50 && second === 0x4b))
    return { body: bytes, contentType: "application/zip" };
  const json = new TextDecoder().decode(bytes);
  return isJson(json) ? { body: json, contentType: "application/json" } : undefined;
}

/** What a file of chats would bring; nothing is stored. */
export function previewImport(file: ChatFile): Promise<PageResult<{ conversations: ImportPreview[] }>> {
  return post("/api/import?preview=1", file.body, file.contentType);
}

/** Stores what is not here yet of a file's chats, or nothing if there is anything wrong with it. */
export function importChats(file: ChatFile): Promise<PageResult<ImportResult>> {
  return post("/api/import", file.body, file.contentType);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

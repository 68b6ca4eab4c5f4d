import type { ImportPreview, ImportResult } from "../../server/protocol/importChats.js";
import type { PageResult } from "./PageError.js";
import { post } from "./post.js";

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

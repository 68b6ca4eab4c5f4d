import type { Conversation } from "../../server/protocol/conversation.js";
import { messages } from "../ui/messages.js";
import type { PageError, PageResult } from "./PageError.js";

/** A chat in a file, as it would be imported. */
export interface ImportPreview {
  title: string;
  messageCount: number;
  updatedAtMs: number;
}

/** What a file of chats would bring; nothing is stored. */
export function previewImport(json: string): Promise<PageResult<{ conversations: ImportPreview[] }>> {
  return post("/api/import?preview=1", json);
}

/** Stores all chats of a file, or none if there is anything wrong with it. */
export function importChats(json: string): Promise<PageResult<{ conversations: Conversation[] }>> {
  return post("/api/import", json);
}

async function post<T>(path: string, json: string): Promise<PageResult<T>> {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-cria": "1" },
      body: json,
    });
    if (response.ok) return { ok: true, data: (await response.json()) as T };
    const { error } = (await response.json()) as { error: PageError };
    return { ok: false, error };
  } catch {
    const { connection_lost: message } = messages.errors.titles;
    return {
      ok: false,
      error: { code: "connection_lost", message: message ?? "", hint: messages.errors.timeoutHint },
    };
  }
}

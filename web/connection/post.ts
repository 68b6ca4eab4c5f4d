import { messages } from "../ui/messages.js";
import type { PageError, PageResult } from "./PageError.js";

/** Posts what is too big for the socket; answers as the socket's requests do. */
export async function post<T>(path: string, body: string | ArrayBuffer, contentType: string): Promise<PageResult<T>> {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "content-type": contentType, "x-cria": "1" },
      body,
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

import type { Attachment } from "../../server/protocol/conversation.js";
import type { PageResult } from "./PageError.js";
import { post } from "./post.js";

/** Leaves a text file on the server, for a message that will name it. */
export function sendAttachment(name: string, text: string): Promise<PageResult<Attachment>> {
  return post(`/api/attachments?name=${encodeURIComponent(name)}`, text, "text/plain; charset=utf-8");
}

/** Where the file can be read again. */
export function attachmentPath(id: string): string {
  return `/api/attachments/${encodeURIComponent(id)}`;
}

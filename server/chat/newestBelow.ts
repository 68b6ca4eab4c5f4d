import type { Message } from "../protocol/conversation.js";
import { messageNotFound } from "../storage/chatErrors.js";

/**
 * Follows the newest child from the message down to a leaf; `messages`: of its conversation, in the order in which they were added.
 * Throws `message_not_found`.
 */
export function newestBelow(messages: readonly Pick<Message, "id" | "parentId">[], messageId: string): string {
  if (!messages.some(({ id }) => id === messageId)) throw messageNotFound();
  // Gone through once: a conversation may have a hundred thousand.
  const newestChild = new Map(messages.map(({ id, parentId }) => [parentId, id]));
  let head = messageId;
  for (let child = newestChild.get(head); child !== undefined; child = newestChild.get(head)) head = child;
  return head;
}

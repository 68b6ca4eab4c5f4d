/** Everyone who has the conversation open. */
export function conversationRoom(conversationId: string): string {
  return `conversation:${conversationId}`;
}

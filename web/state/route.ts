/** The address of a chat, and back. The server gives the page itself for every address of this shape. */
export function pathOfChat(conversationId: string | undefined): string {
  return conversationId === undefined ? "/" : `/c/${encodeURIComponent(conversationId)}`;
}

/** The conversation that an address names; undefined for a new chat. */
export function chatOfPath(path: string): string | undefined {
  const encoded = /^\/c\/([^/]+)\/?$/.exec(path)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

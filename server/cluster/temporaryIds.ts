const pattern = /^t\.([A-Za-z0-9_-]{1,40})\./;

/** What follows `t.` in the ids of a node's temporary chats and of all that belongs to them. */
export function temporaryMark(nodeId: string): string {
  return `${nodeId}.`;
}

/** The node in whose memory a temporary chat, message or generation is; undefined for what is stored. */
export function nodeOfTemporary(id: string): string | undefined {
  return pattern.exec(id)?.[1];
}

import type { ImportedMessage } from "./readImport.js";

/** Every message after its parent; one whose parent is missing, or is its own ancestor, becomes a root. */
export function parentsFirst(messages: readonly ImportedMessage[]): ImportedMessage[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const ordered: ImportedMessage[] = [];
  const placed = new Set<string>();
  const place = (message: ImportedMessage): void => {
    const chain: ImportedMessage[] = [];
    const inChain = new Set<string>();
    let current: ImportedMessage | undefined = message;
    while (current !== undefined && !placed.has(current.id) && !inChain.has(current.id)) {
      chain.push(current);
      inChain.add(current.id);
      current = current.parentId === undefined ? undefined : byId.get(current.parentId);
    }
    for (const [index, link] of chain.reverse().entries()) {
      const known = link.parentId !== undefined && placed.has(link.parentId);
      ordered.push(known || (index > 0 && link.parentId !== undefined) ? link : { ...link, parentId: undefined });
      placed.add(link.id);
    }
  };
  for (const message of byId.values()) place(message);
  return ordered;
}

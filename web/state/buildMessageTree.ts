import type { Message } from "../../server/protocol/conversation.js";

/** The messages of a conversation as a tree: the children of a message are versions of each other. */
export interface MessageTree {
  byId: ReadonlyMap<string, Message>;
  /** Oldest first; the roots are under `undefined`. */
  childrenOf: ReadonlyMap<string | undefined, readonly Message[]>;
}

/** Messages whose parent is not among them count as roots, so that nothing that was stored is ever hidden. */
export function buildMessageTree(messages: Iterable<Message>): MessageTree {
  const byId = new Map<string, Message>();
  for (const message of messages) byId.set(message.id, message);
  const childrenOf = new Map<string | undefined, Message[]>();
  for (const message of byId.values()) {
    const parent = message.parentId !== undefined && byId.has(message.parentId) ? message.parentId : undefined;
    const siblings = childrenOf.get(parent);
    if (siblings) siblings.push(message);
    else childrenOf.set(parent, [message]);
  }
  for (const siblings of childrenOf.values()) {
    siblings.sort((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
  }
  return { byId, childrenOf };
}

/** The messages from the root to `headId`. Without a known head: the branch of the newest message. */
export function branchTo(tree: MessageTree, headId: string | undefined): Message[] {
  const branch: Message[] = [];
  const seen = new Set<string>();
  let id = headId !== undefined && tree.byId.has(headId) ? headId : latestLeafBelow(tree, undefined);
  while (id !== undefined && !seen.has(id)) {
    const message = tree.byId.get(id);
    if (!message) break;
    seen.add(id);
    branch.push(message);
    id = message.parentId;
  }
  return branch.reverse();
}

/** The message and its siblings, oldest first. */
export function versionsOf(tree: MessageTree, message: Message): readonly Message[] {
  const parent = message.parentId !== undefined && tree.byId.has(message.parentId) ? message.parentId : undefined;
  return tree.childrenOf.get(parent) ?? [message];
}

/** Follows the newest child downwards: where a branch goes on when one of its versions is chosen. */
export function latestLeafBelow(tree: MessageTree, id: string | undefined): string | undefined {
  let current = id;
  const seen = new Set<string | undefined>();
  while (!seen.has(current)) {
    seen.add(current);
    const newest = tree.childrenOf.get(current)?.at(-1);
    if (!newest) break;
    current = newest.id;
  }
  return current;
}

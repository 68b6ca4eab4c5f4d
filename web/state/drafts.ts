/** What was written and not sent, per chat, kept in this browser. Without storage (private windows) it is kept in memory. */
export interface Drafts {
  read(conversationId: string | undefined): string;
  write(conversationId: string | undefined, draft: string): void;
}

/** The part of the browser's storage that is needed. */
export type DraftStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const keyOf = (conversationId: string | undefined) => `cria.draft.${conversationId ?? "new"}`;

export function createDrafts(storage: DraftStorage | undefined): Drafts {
  const memory = new Map<string, string>();
  return {
    read(conversationId) {
      const key = keyOf(conversationId);
      try {
        return memory.get(key) ?? storage?.getItem(key) ?? "";
      } catch {
        return "";
      }
    },
    write(conversationId, draft) {
      const key = keyOf(conversationId);
      memory.set(key, draft);
      try {
        if (draft === "") storage?.removeItem(key);
        else storage?.setItem(key, draft);
      } catch {
        // Storage is full or forbidden: memory has it.
      }
    },
  };
}

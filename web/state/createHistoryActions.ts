import type { StoreApi } from "zustand/vanilla";
import type { SearchHit } from "../../server/protocol/conversation.js";
import type { Connection } from "../connection/Connection.js";
import type { PageError, PageResult } from "../connection/PageError.js";
import type { AppEvent } from "./AppEvent.js";
import type { AppState, Deletion } from "./AppState.js";

/** What the actions on chats and messages need. */
export interface HistoryContext {
  store: StoreApi<AppState>;
  dispatch: (event: AppEvent) => void;
  connection: Connection;
  /** How long a deletion can be undone. */
  undoMs: number;
  /** Shows a chat (undefined: a new one), at a message if one is named. */
  go: (conversationId: string | undefined, foundMessageId?: string) => void;
}

const searchLimit = 40;

/** What a reader can do with the list of chats. */
export function createHistoryActions({ store, dispatch, connection, undoMs, go }: HistoryContext) {
  const { showDeletion, settleDeletion } = createUndo(store, dispatch, undoMs);

  const update = async (request: { conversationId: string; title?: string; pinned?: boolean }) => {
    const result = await connection.request("conversation:update", request);
    if (!result.ok) return result.error;
    dispatch({ type: "conversationListed", conversation: result.data.conversation });
    return undefined;
  };

  return {
    settleDeletion,

    /** Starts a chat that the server keeps in memory only. */
    newTemporaryChat() {
      go(undefined);
      dispatch({ type: "temporaryChosen" });
    },

    /** Opens a chat where something was found. */
    openHit: ({ conversation, messageId }: SearchHit) => go(conversation.id, messageId),
    foundMessageShown: () => dispatch({ type: "foundMessageShown" }),

    /** Titles and texts, the best matches first. */
    async searchChats(query: string): Promise<PageResult<readonly SearchHit[]>> {
      const result = await connection.request("conversation:search", { query, limit: searchLimit });
      return result.ok ? { ok: true, data: result.data.hits } : result;
    },

    /** Resolve with what went wrong, if anything did. */
    renameChat: (conversationId: string, title: string): Promise<PageError | undefined> =>
      update({ conversationId, title: title.trim() }),
    pinChat: (conversationId: string, pinned: boolean): Promise<PageError | undefined> =>
      update({ conversationId, pinned }),

    /** Deletes a chat; for a moment that can be undone. */
    async deleteChat(conversationId: string): Promise<PageError | undefined> {
      const wasOpen = store.getState().chat.conversationId === conversationId;
      if (wasOpen) go(undefined);
      const result = await connection.request("conversation:delete", { conversationId });
      if (!result.ok && result.error.code !== "conversation_not_found") {
        if (wasOpen) go(conversationId);
        return result.error;
      }
      dispatch({ type: "conversationDeleted", conversationId });
      if (result.ok) showDeletion({ kind: "chat", conversationId, wasOpen });
      return undefined;
    },

    /** Brings back what was deleted last. */
    async undoDeletion(): Promise<PageError | undefined> {
      const { deletion } = store.getState();
      if (!deletion) return undefined;
      settleDeletion();
      if (deletion.kind === "message") {
        const result = await connection.request("message:restore", { messageId: deletion.messageId });
        return result.ok ? undefined : result.error;
      }
      const { conversationId, wasOpen } = deletion;
      const result = await connection.request("conversation:restore", { conversationId });
      if (!result.ok) return result.error;
      dispatch({ type: "conversationListed", conversation: result.data.conversation });
      if (wasOpen) go(conversationId);
      return undefined;
    },
  };
}

/** Keeps the last deletion on the page as long as it can be undone; one at a time, each with its whole time. */
export function createUndo(store: StoreApi<AppState>, dispatch: (event: AppEvent) => void, undoMs: number) {
  return {
    showDeletion(deletion: Deletion) {
      dispatch({ type: "deleted", deletion });
      setTimeout(() => {
        if (store.getState().deletion === deletion) dispatch({ type: "deletionSettled" });
      }, undoMs);
    },
    settleDeletion: () => dispatch({ type: "deletionSettled" }),
  };
}

import type { StoreApi } from "zustand/vanilla";
import type { Connection } from "../connection/Connection.js";
import type { PageError } from "../connection/PageError.js";
import { randomId } from "../connection/randomId.js";
import type { AppEvent } from "./AppEvent.js";
import type { AppState } from "./AppState.js";
import { looksInside } from "./lookInside.js";

interface Context {
  store: StoreApi<AppState>;
  dispatch: (event: AppEvent) => void;
  connection: Connection;
}

/** What a reader who looks inside can do. */
export function createInsideActions({ store, dispatch, connection }: Context) {
  return {
    toggleLookInside() {
      const state = store.getState();
      const { conversationId } = state.chat;
      dispatch({ type: "lookInsideSet", conversationId, on: !looksInside(state, conversationId) });
    },

    /** Makes another version of a reply that begins with `startText`. Resolves with what went wrong, if anything did. */
    async branchReply(messageId: string, startText: string): Promise<PageError | undefined> {
      const { messages, conversationId } = store.getState().chat;
      const modelId = messages[messageId]?.modelId;
      const result = await connection.request("chat:regenerate", {
        requestId: randomId(),
        messageId,
        startText,
        ...(modelId !== undefined ? { modelId } : {}),
      });
      if (!result.ok) return result.error;
      const { conversation, reply } = result.data;
      if (conversationId === store.getState().chat.conversationId) {
        dispatch({ type: "chatChanged", conversation, messages: [reply] });
        dispatch({ type: "versionChosen", messageId: reply.id });
      }
      return undefined;
    },
  };
}

export type InsideActions = ReturnType<typeof createInsideActions>;

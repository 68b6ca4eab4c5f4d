import type { StoreApi } from "zustand/vanilla";
import type { Sampling } from "../../server/protocol/sampling.js";
import type { Connection } from "../connection/Connection.js";
import type { AppEvent } from "./AppEvent.js";
import type { AppState } from "./AppState.js";
import type { DraftStorage } from "./drafts.js";

/** How many of the most probable tokens are asked for in the place of each. */
export const alternativesCount = 5;
/** How many chats are remembered as looked into. */
const keptChats = 200;
const storageKey = "cria.lookInside";
/** Stands for the chat that nothing was written to yet. */
const newChat = "";

/** Whether the replies of a chat are looked into. Undefined: the new chat. */
export function looksInside(state: Pick<AppState, "lookInside">, conversationId: string | undefined): boolean {
  return state.lookInside.includes(conversationId ?? newChat);
}

/** The chats that are looked into, the latest last. */
export function reduceLookInside(state: AppState["lookInside"], event: AppEvent): AppState["lookInside"] {
  if (event.type !== "lookInsideSet") return state;
  const id = event.conversationId ?? newChat;
  const others = state.filter((one) => one !== id);
  return event.on ? [...others, id].slice(-keptChats) : others;
}

/** The chats that were looked into when the page was closed. */
export function readLookInside(storage: DraftStorage | undefined): string[] {
  try {
    const stored: unknown = JSON.parse(storage?.getItem(storageKey) ?? "[]");
    return Array.isArray(stored) ? stored.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

/** Remembers the chats that are looked into. */
export function keepLookInside(store: StoreApi<AppState>, storage: DraftStorage | undefined): void {
  store.subscribe(({ lookInside }, before) => {
    if (lookInside === before.lookInside) return;
    try {
      storage?.setItem(storageKey, JSON.stringify(lookInside));
    } catch {
      // It lasts until the page is closed.
    }
  });
}

/**
 * The line to the server for a page that looks inside: whatever starts a reply in such a chat asks for its tokens too, and a new
 * chat that is looked into stays so when it has got its id.
 */
export function askInside(
  connection: Connection,
  store: StoreApi<AppState>,
  dispatch: (event: AppEvent) => void,
): Connection {
  const isOn = (conversationId: string | undefined) => looksInside(store.getState(), conversationId);
  return {
    on: (name, listener) => connection.on(name, listener),
    onStatus: (listener) => connection.onStatus(listener),
    close: () => connection.close(),
    async request(name, payload, options) {
      if (!("requestId" in payload) || !name.startsWith("chat:")) return connection.request(name, payload, options);
      const isSend = name === "chat:send";
      const conversationId =
        isSend && "conversationId" in payload
          ? payload.conversationId
          : isSend
            ? undefined
            : store.getState().chat.conversationId;
      if (!isOn(conversationId)) return connection.request(name, payload, options);
      const own: Sampling | undefined = "sampling" in payload ? payload.sampling : undefined;
      const asking = { ...payload, sampling: { ...own, alternatives: alternativesCount } };
      const result = await connection.request(name, asking, options);
      if (isSend && conversationId === undefined && result.ok && "conversation" in result.data) {
        dispatch({ type: "lookInsideSet", conversationId: undefined, on: false });
        dispatch({ type: "lookInsideSet", conversationId: result.data.conversation.id, on: true });
      }
      return result;
    },
  };
}

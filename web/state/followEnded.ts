import type { StoreApi } from "zustand/vanilla";
import type { Connection } from "../connection/Connection.js";
import type { AppEvent } from "./AppEvent.js";
import type { AppState } from "./AppState.js";
import { looksInside } from "./lookInside.js";
import { shownChat } from "./shownChat.js";

/** Replies whose logs are asked for, from the end of the chat. */
const replayedReplies = 12;

/**
 * Replays the logs of the last replies of a chat that is looked into, so that their tokens are known after a reload too. The server
 * keeps a log for a while after its end; one that is gone is not asked for again.
 */
export function followEnded(
  store: StoreApi<AppState>,
  dispatch: (event: AppEvent) => void,
  connection: Connection,
): void {
  const asked = new Set<string>();
  connection.onStatus((status) => {
    if (status !== "connected") asked.clear();
  });
  store.subscribe((state, before) => {
    if (state.chat.conversationId !== before.chat.conversationId) asked.clear();
    const { chat } = state;
    const same =
      chat.messages === before.chat.messages &&
      chat.headId === before.chat.headId &&
      state.lookInside === before.lookInside;
    if (same || !looksInside(state, chat.conversationId)) return;
    const ended = shownChat(chat).branch.filter(({ role, status }) => role === "assistant" && status === "complete");
    for (const { generationId } of ended.slice(-replayedReplies)) {
      if (generationId === undefined || asked.has(generationId)) continue;
      asked.add(generationId);
      const known = store.getState().generations[generationId];
      if (known?.end) continue;
      dispatch({ type: "generationFollowed", generationId });
      void connection.request("generation:follow", { generationId, afterSeq: known?.seq ?? 0 });
    }
  });
}

import type { StoreApi } from "zustand/vanilla";
import type { Connection } from "../connection/Connection.js";
import type { AppEvent } from "./AppEvent.js";
import type { AppState } from "./AppState.js";

/**
 * Follows the log of every reply of the open chat that is being made, each once per connection, from the page's own cursor: after a
 * reload from the start, after a lost connection from what was seen last.
 */
export function followGenerations(
  store: StoreApi<AppState>,
  dispatch: (event: AppEvent) => void,
  connection: Connection,
  reopen: () => void,
): void {
  const followed = new Set<string>();
  const reopenedFor = new Set<string>();

  const follow = async (generationId: string) => {
    followed.add(generationId);
    dispatch({ type: "generationFollowed", generationId });
    const afterSeq = store.getState().generations[generationId]?.seq ?? 0;
    const result = await connection.request("generation:follow", { generationId, afterSeq });
    if (result.ok || !store.getState().generations[generationId]) return;
    if (result.error.code === "connection_lost" || result.error.code === "request_timeout") {
      followed.delete(generationId);
    } else if (!reopenedFor.has(generationId)) {
      // The log is gone, so the reply must have ended: the stored message tells how.
      reopenedFor.add(generationId);
      followed.delete(generationId);
      reopen();
    } else {
      dispatch({ type: "generationLost", generationId, error: result.error });
    }
  };

  connection.onStatus((status) => {
    if (status !== "connected") followed.clear();
  });

  store.subscribe((state, before) => {
    if (state.chat.conversationId !== before.chat.conversationId && before.chat.conversationId !== undefined) {
      for (const generationId of followed) void connection.request("generation:unfollow", { generationId });
      followed.clear();
      reopenedFor.clear();
    }
    if (state.chat.messages === before.chat.messages) return;
    for (const { status, generationId } of Object.values(state.chat.messages)) {
      if (status === "generating" && generationId !== undefined && !followed.has(generationId))
        void follow(generationId);
    }
  });
}

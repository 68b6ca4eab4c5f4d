import type { StoreApi } from "zustand/vanilla";
import type { Connection } from "../connection/Connection.js";
import type { AppEvent } from "./AppEvent.js";
import type { AppState } from "./AppState.js";
import { runningReply, shownChat } from "./shownChat.js";

const debounceMs = 300;

/** What is to be counted; two equal descriptions need one count. */
function subjectOf(state: AppState) {
  const reply = runningReply(state);
  const headId = reply ? reply.parentId : shownChat(state.chat).branch.at(-1)?.id;
  return {
    modelId: state.models.selectedId,
    conversationId: state.chat.conversation?.id,
    headId,
    // While a reply is being made the gauge shows that; the draft is counted again after it.
    draft: reply || state.chat.pendingSend ? "" : state.chat.draft,
  };
}

/** Counts the tokens of the shown branch and the draft, a moment after the last change, and puts them into the state. */
export function countContext(
  store: StoreApi<AppState>,
  dispatch: (event: AppEvent) => void,
  connection: Connection,
): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wanted = "";
  const history = { key: "", promptTokens: 0 };

  const count = async () => {
    const key = wanted;
    const { modelId, conversationId, headId, draft } = subjectOf(store.getState());
    if (modelId === undefined || (headId === undefined && draft === "")) {
      dispatch({ type: "contextCounted", count: undefined });
      return;
    }
    const place = {
      modelId,
      ...(conversationId !== undefined && headId !== undefined ? { conversationId, parentId: headId } : {}),
    };
    const historyKey = JSON.stringify(place);
    if (headId !== undefined && history.key !== historyKey) {
      const base = await connection.request("chat:count", { ...place, draft: "" });
      if (!base.ok) return;
      history.key = historyKey;
      history.promptTokens = base.data.promptTokens;
      if (draft === "") return settle(key, headId, base.data.promptTokens, 0, base.data.contextTokens);
    }
    const answer = await connection.request("chat:count", { ...place, draft });
    if (!answer.ok) return;
    const { promptTokens, contextTokens } = answer.data;
    const before = headId === undefined ? 0 : history.promptTokens;
    settle(key, headId, promptTokens, draft === "" ? 0 : Math.max(0, promptTokens - before), contextTokens);
  };

  const settle = (
    key: string,
    headId: string | undefined,
    promptTokens: number,
    draftTokens: number,
    contextTokens: number,
  ) => {
    if (key !== wanted) return;
    dispatch({ type: "contextCounted", count: { headId, promptTokens, draftTokens, contextTokens } });
  };

  store.subscribe((state) => {
    if (state.connection.status !== "connected" || state.chat.status !== "ready") return;
    const key = JSON.stringify(subjectOf(state));
    if (key === wanted) return;
    wanted = key;
    clearTimeout(timer);
    timer = setTimeout(() => void count(), debounceMs);
  });
}

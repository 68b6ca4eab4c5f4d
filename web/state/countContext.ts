import type { StoreApi } from "zustand/vanilla";
import type { Connection } from "../connection/Connection.js";
import type { AppEvent } from "./AppEvent.js";
import type { AppState, ContextCount } from "./AppState.js";
import { idsOf, waitingAttachments } from "./reduceAttachments.js";
import { inheritedSettings, ownSettings, settingsSource } from "./settingsScopes.js";
import { runningReply, shownChat } from "./shownChat.js";

const defaultDebounceMs = 300;

/** What is to be counted; two equal descriptions need one count. */
function subjectOf(state: AppState) {
  const reply = runningReply(state);
  const head = reply ? state.chat.messages[reply.parentId ?? ""] : shownChat(state.chat).branch.at(-1);
  const model = state.models.list?.find(({ id }) => id === state.models.selectedId);
  // While a reply is being made the gauge shows that; the draft is counted again after it.
  const draft = reply || state.chat.pendingSend ? "" : state.chat.draft;
  const source = settingsSource(state);
  return {
    modelId: model?.id,
    // Another one after the model was loaded with other settings.
    contextTokens: model?.memory?.contextTokens,
    systemPrompt: ownSettings(source, "chat").systemPrompt ?? inheritedSettings(source, "chat").systemPrompt,
    overflow: state.chat.overflow,
    conversationId: state.chat.conversation?.id,
    headId: head?.id,
    draft,
    attachmentIds: reply || state.chat.pendingSend ? [] : idsOf(waitingAttachments(state)),
    // Counting loads the model. Looking at an old chat must not: its last reply's own figures do until something is written.
    mayCount: model?.status.state === "ready" || draft !== "" || waitingAttachments(state).length > 0,
  };
}

/** What the last reply's own figures say, if the model that is chosen made it. */
function countFromStats(state: AppState): ContextCount | undefined {
  const head = shownChat(state.chat).branch.at(-1);
  if (!head?.stats || head.modelId !== state.models.selectedId) return undefined;
  const { promptTokens, generatedTokens, contextTokens } = head.stats;
  return {
    headId: head.id,
    draft: "",
    promptTokens: promptTokens + generatedTokens,
    contextTokens,
    systemTokens: 0,
    draftTokens: 0,
    summaryTokens: 0,
    notSentTokens: 0,
  };
}

/** Counts the tokens of the shown branch and the draft, a moment after the last change, one count at a time. */
export function countContext(
  store: StoreApi<AppState>,
  dispatch: (event: AppEvent) => void,
  connection: Connection,
  debounceMs = defaultDebounceMs,
): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wanted = "";
  let counting = false;

  const askFor = async (): Promise<ContextCount | undefined> => {
    const state = store.getState();
    const { modelId, conversationId, headId, draft, attachmentIds, overflow, mayCount } = subjectOf(state);
    const isEmpty = draft === "" && attachmentIds.length === 0;
    if (modelId === undefined || (headId === undefined && isEmpty)) return undefined;
    if (!mayCount) return countFromStats(state);
    const result = await connection.request("chat:count", {
      modelId,
      ...(conversationId !== undefined && headId !== undefined ? { conversationId, parentId: headId } : {}),
      draft,
      attachmentIds,
      overflow,
    });
    return result.ok ? { headId, draft, ...result.data } : undefined;
  };

  const count = async () => {
    if (counting) return;
    counting = true;
    const key = wanted;
    const result = await askFor();
    counting = false;
    if (key === wanted) dispatch({ type: "contextCounted", count: result });
    else void count();
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

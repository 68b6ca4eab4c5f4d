import type { AppState } from "../state/AppState.js";
import { runningReply, shownChat } from "../state/shownChat.js";

/** How full the context is. `historyTokens + draftTokens = usedTokens`. */
export interface ContextUse {
  usedTokens: number;
  historyTokens: number;
  draftTokens: number;
  totalTokens: number;
}

/** The last count and what was written since; undefined while nothing is known. */
export function contextUse(state: AppState): ContextUse | undefined {
  const { count } = state.chat;
  const model = state.models.list?.find(({ id }) => id === state.models.selectedId);
  if (!count) {
    if (!model || shownChat(state.chat).branch.length > 0) return undefined;
    return { usedTokens: 0, historyTokens: 0, draftTokens: 0, totalTokens: model.contextTokens };
  }
  // A reply that grows after the counted message belongs to the history already.
  const reply = runningReply(state);
  const growing = reply?.parentId === count.headId ? state.generations[reply?.generationId ?? ""] : undefined;
  const usedTokens = count.promptTokens + (growing?.tokenCount ?? 0);
  return {
    usedTokens,
    historyTokens: usedTokens - count.draftTokens,
    draftTokens: count.draftTokens,
    totalTokens: count.contextTokens,
  };
}

/** Whether what would be sent leaves no room for a reply. */
export function isOverfull(use: ContextUse | undefined): boolean {
  return use !== undefined && use.draftTokens > 0 && use.usedTokens >= use.totalTokens;
}

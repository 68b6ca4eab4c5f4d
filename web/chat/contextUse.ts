import type { PromptCount } from "../../server/protocol/conversation.js";
import type { AppState } from "../state/AppState.js";
import { runningReply, shownChat } from "../state/shownChat.js";

/** How full the context is. `systemTokens + historyTokens + summaryTokens + draftTokens = usedTokens`. */
export interface ContextUse
  extends Pick<PromptCount, "systemTokens" | "summaryTokens" | "draftTokens" | "notSentTokens"> {
  /** What would really be sent, and the reply that is growing. */
  usedTokens: number;
  historyTokens: number;
  totalTokens: number;
}

const nothing = { systemTokens: 0, summaryTokens: 0, draftTokens: 0, notSentTokens: 0 };

/** The last count and what was written since; undefined while nothing is known. */
export function contextUse(state: AppState): ContextUse | undefined {
  const { count } = state.chat;
  const model = state.models.list?.find(({ id }) => id === state.models.selectedId);
  if (!count) {
    if (!model || shownChat(state.chat).branch.length > 0) return undefined;
    const totalTokens = model.memory?.contextTokens ?? model.contextTokens;
    return { ...nothing, usedTokens: 0, historyTokens: 0, totalTokens };
  }
  // A reply that grows after the counted message belongs to the history already.
  const reply = runningReply(state);
  const growing = reply?.parentId === count.headId ? state.generations[reply?.generationId ?? ""] : undefined;
  const usedTokens = count.promptTokens + (growing?.tokenCount ?? 0);
  const { systemTokens, summaryTokens, draftTokens, notSentTokens } = count;
  return {
    systemTokens,
    summaryTokens,
    draftTokens,
    notSentTokens,
    usedTokens,
    historyTokens: Math.max(0, usedTokens - systemTokens - summaryTokens - draftTokens),
    totalTokens: count.contextTokens,
  };
}

/** Whether what would be sent leaves no room for a reply. */
export function isOverfull(use: ContextUse | undefined): boolean {
  return use !== undefined && use.draftTokens > 0 && use.usedTokens >= use.totalTokens;
}

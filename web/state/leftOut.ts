import type { AppState } from "./AppState.js";
import { shownChat } from "./shownChat.js";

/** The message above which nothing is sent, and what is sent instead. */
export interface LeftOut {
  notSentAbove: string | undefined;
  summary: string | undefined;
}

/** What the last reply was made without, or, while a message is being written, what that one would be sent without. */
export function leftOut({ chat }: AppState): LeftOut {
  const last = shownChat(chat).branch.at(-1);
  const { count } = chat;
  const isWriting = count !== undefined && count.draftTokens > 0 && count.headId === last?.id;
  if (!isWriting || count.readFromMessageId === undefined)
    return { notSentAbove: last?.readFromMessageId, summary: last?.summary };
  const same = count.readFromMessageId === last?.readFromMessageId;
  return { notSentAbove: count.readFromMessageId, summary: same ? last?.summary : undefined };
}

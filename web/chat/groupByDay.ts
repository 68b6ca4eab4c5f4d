import type { Conversation } from "../../server/protocol/conversation.js";
import { messages } from "../ui/messages.js";

export interface DayGroup {
  name: string;
  conversations: Conversation[];
}

const dayMs = 86_400_000;

/** Puts conversations, newest first, under Pinned, Today, Yesterday, Last 7 days and then their months. */
export function groupByDay(conversations: readonly Conversation[], nowMs: number): DayGroup[] {
  const midnightMs = new Date(nowMs).setHours(0, 0, 0, 0);
  const pinned = conversations.filter((conversation) => conversation.pinned);
  const groups: DayGroup[] = pinned.length === 0 ? [] : [{ name: messages.chatList.pinned, conversations: pinned }];
  for (const conversation of conversations) {
    if (conversation.pinned) continue;
    const name = groupName(conversation.updatedAtMs, midnightMs);
    const group = groups.at(-1);
    if (group?.name === name) group.conversations.push(conversation);
    else groups.push({ name, conversations: [conversation] });
  }
  return groups;
}

function groupName(timeMs: number, midnightMs: number): string {
  const words = messages.history;
  if (timeMs >= midnightMs) return words.today;
  if (timeMs >= midnightMs - dayMs) return words.yesterday;
  if (timeMs >= midnightMs - 7 * dayMs) return words.lastSevenDays;
  return new Intl.DateTimeFormat(messages.locale, { month: "long", year: "numeric" }).format(timeMs);
}

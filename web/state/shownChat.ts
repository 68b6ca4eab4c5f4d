import type { Message } from "../../server/protocol/conversation.js";
import type { AppState, ChatState } from "./AppState.js";
import { branchTo, buildMessageTree, type MessageTree } from "./buildMessageTree.js";

export interface ShownChat {
  tree: MessageTree;
  branch: readonly Message[];
}

let last: { messages: ChatState["messages"]; headId: string | undefined; shown: ShownChat } | undefined;

/** The tree and the branch that is shown. Remembers the last answer: every component asks at every change. */
export function shownChat(chat: ChatState): ShownChat {
  if (last && last.messages === chat.messages && last.headId === chat.headId) return last.shown;
  const tree = last?.messages === chat.messages ? last.shown.tree : buildMessageTree(Object.values(chat.messages));
  last = { messages: chat.messages, headId: chat.headId, shown: { tree, branch: branchTo(tree, chat.headId) } };
  return last.shown;
}

/** Whether there is a chat to write in: it was neither deleted nor impossible to open. */
export function isWritable({ chat }: AppState): boolean {
  return chat.status !== "missing" && (chat.status !== "failed" || chat.conversation !== undefined);
}

/** The reply that is being made at the end of the shown branch. */
export function runningReply(state: AppState): Message | undefined {
  const reply = shownChat(state.chat).branch.at(-1);
  return reply && isRunning(state, reply) ? reply : undefined;
}

/** Whether a reply is still being made. The log's end counts even before the stored message says so. */
export function isRunning(state: AppState, message: Message): boolean {
  if (message.status !== "generating") return false;
  return message.generationId === undefined || state.generations[message.generationId]?.end === undefined;
}

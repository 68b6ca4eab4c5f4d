import type { Message } from "../../server/protocol/conversation.js";

/** Whether a reply ended before its own end, so that the model can go on with it. One that fills the context cannot grow. */
export function canContinue({ role, status, text, stopReason }: Message): boolean {
  if (role !== "assistant" || status !== "complete" || text === "") return false;
  return stopReason === "stopped" || stopReason === "length" || stopReason === "error";
}

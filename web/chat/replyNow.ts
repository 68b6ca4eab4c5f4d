import type { Message } from "../../server/protocol/conversation.js";
import type { GenerationEnd, GenerationView } from "../state/applyGenerationEvent.js";

export interface ReplyNow {
  text: string;
  running: boolean;
  end: GenerationEnd | undefined;
}

/**
 * A reply as it stands, from the stored message and the log that is followed. While it is being made both hold a beginning of the
 * same text, so the longer one is the newer one; a finished message is what was stored.
 */
export function replyNow(message: Message, view: GenerationView | undefined): ReplyNow {
  if (message.status === "complete") {
    const { text, stats, error } = message;
    return { text, running: false, end: { stopReason: message.stopReason ?? "end", stats, error } };
  }
  const text = view && view.text.length >= message.text.length ? view.text : message.text;
  return { text, running: view?.end === undefined, end: view?.end };
}

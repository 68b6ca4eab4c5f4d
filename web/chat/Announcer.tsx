import { useEffect, useRef } from "react";
import { useAppState } from "../state/AppContext.js";
import { runningReply } from "../state/shownChat.js";
import { announce } from "../ui/announce.js";
import { messages } from "../ui/messages.js";
import { replyNow } from "./replyNow.js";

/** Tells a screen reader when an answer begins and how it ended; the growing text itself is not read out. */
export function Announcer() {
  const runningId = useAppState((state) => runningReply(state)?.id);
  const ended = useAppState((state) => (runningId === undefined ? state.chat.messages : undefined));
  const generations = useAppState((state) => (runningId === undefined ? state.generations : undefined));
  const lastId = useRef<string | undefined>(undefined);

  useEffect(() => {
    const words = messages.announce;
    if (runningId !== undefined) {
      lastId.current = runningId;
      announce(words.answering);
      return;
    }
    const message = lastId.current === undefined ? undefined : ended?.[lastId.current];
    lastId.current = undefined;
    if (!message) return;
    const { end } = replyNow(message, generations?.[message.generationId ?? ""]);
    if (end?.error) announce(words.failed(messages.errors.titles[end.error.code] ?? messages.errors.titles.fallback));
    else if (end?.stopReason === "stopped") announce(words.stopped);
    else announce(words.finished(end?.stats?.generatedTokens ?? 0));
  }, [runningId, ended, generations]);

  return null;
}

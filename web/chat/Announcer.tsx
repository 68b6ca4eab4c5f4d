import { useEffect, useRef, useState } from "react";
import { useAppState } from "../state/AppContext.js";
import { runningReply } from "../state/shownChat.js";
import { messages } from "../ui/messages.js";
import { replyNow } from "./replyNow.js";

const words = messages.announce;

/** Tells a screen reader when an answer begins and how it ended; the growing text itself is not read out. */
export function Announcer() {
  const runningId = useAppState((state) => runningReply(state)?.id);
  const ended = useAppState((state) => (runningId === undefined ? state.chat.messages : undefined));
  const generations = useAppState((state) => (runningId === undefined ? state.generations : undefined));
  const [said, setSaid] = useState("");
  const lastId = useRef<string | undefined>(undefined);

  useEffect(() => {
    if (runningId !== undefined) {
      lastId.current = runningId;
      setSaid(words.answering);
      return;
    }
    const message = lastId.current === undefined ? undefined : ended?.[lastId.current];
    if (!message) return;
    lastId.current = undefined;
    const { end } = replyNow(message, generations?.[message.generationId ?? ""]);
    if (end?.error) setSaid(words.failed(messages.errors.titles[end.error.code] ?? messages.errors.titles.fallback));
    else if (end?.stopReason === "stopped") setSaid(words.stopped);
    else setSaid(words.finished(end?.stats?.generatedTokens ?? 0));
  }, [runningId, ended, generations]);

  return (
    <p className="visuallyHidden" role="status">
      {said}
    </p>
  );
}

import { useRef } from "react";
import type { Message } from "../../server/protocol/conversation.js";
import { useAppState } from "../state/AppContext.js";
import { versionsOf } from "../state/buildMessageTree.js";
import { type ShownChat, shownChat } from "../state/shownChat.js";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";
import { PendingMessage } from "./PendingMessage.js";
import { Reply } from "./Reply.js";
import styles from "./Transcript.module.css";
import { UserMessage } from "./UserMessage.js";
import { useFollowScroll } from "./useFollowScroll.js";
import { useShownFrom } from "./useShownFrom.js";
import { VersionSwitch } from "./VersionSwitch.js";

/** The conversation's shown branch, scrolling. */
export function Transcript() {
  const shown = useAppState((state) => shownChat(state.chat));
  const pending = useAppState((state) => state.chat.pendingSend);
  const sentId = useAppState((state) => state.chat.sentMessageId);
  const chatId = useAppState((state) => state.chat.conversationId);
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const startKey = `${chatId} ${sentId} ${pending?.requestId}`;
  const { away, grewWhileAway, jump } = useFollowScroll(scroller, content, startKey);
  const turns = turnsOf(shown);
  const shownFrom = useShownFrom(turns.length, chatId ?? "");
  const words = messages.transcript;
  return (
    <div className={styles.frame}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <div ref={scroller} className={styles.scroller} role="log" aria-live="off" aria-label={words.label} tabIndex={0}>
        <div ref={content} className={styles.column}>
          {turns.slice(shownFrom).map((turn) => (
            <div
              key={turn[0]?.id}
              className={[styles.turn, turn.some(({ id }) => id === sentId) && !pending ? styles.sent : ""].join(" ")}
            >
              {turn.map((message) => (
                <MessageOf key={message.id} message={message} shown={shown} />
              ))}
            </div>
          ))}
          {pending ? (
            <div className={[styles.turn, styles.sent].join(" ")}>
              <PendingMessage pending={pending} />
            </div>
          ) : null}
        </div>
      </div>
      {away ? (
        <div className={styles.jump}>
          <IconButton
            icon="arrowDown"
            label={grewWhileAway ? `${words.jumpToLatest} (${words.newText})` : words.jumpToLatest}
            className={styles.jumpButton}
            onClick={jump}
          />
          {grewWhileAway ? <span className={styles.newDot} /> : null}
        </div>
      ) : null}
    </div>
  );
}

function MessageOf({ message, shown }: { message: Message; shown: ShownChat }) {
  const siblings = versionsOf(shown.tree, message);
  const position = siblings.indexOf(message);
  const versions = {
    index: position + 1,
    total: siblings.length,
    previousId: siblings[position - 1]?.id,
    nextId: siblings[position + 1]?.id,
  };
  if (message.role === "assistant") return <Reply message={message} {...versions} />;
  return (
    <>
      <UserMessage text={message.text} />
      <VersionSwitch {...versions} />
    </>
  );
}

/** A turn is a user's message and what answers it. */
function turnsOf({ branch }: ShownChat): Message[][] {
  const turns: Message[][] = [];
  for (const message of branch) {
    const turn = turns.at(-1);
    if (turn && message.role === "assistant") turn.push(message);
    else turns.push([message]);
  }
  return turns;
}

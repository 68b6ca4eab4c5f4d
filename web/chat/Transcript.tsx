import { Fragment, useRef } from "react";
import { useShallow } from "zustand/react/shallow";
import type { Message } from "../../server/protocol/conversation.js";
import { useAppState } from "../state/AppContext.js";
import type { PendingSend } from "../state/AppState.js";
import { versionsOf } from "../state/buildMessageTree.js";
import { leftOut } from "../state/leftOut.js";
import { type ShownChat, shownChat } from "../state/shownChat.js";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";
import { PendingMessage } from "./PendingMessage.js";
import { Reply } from "./Reply.js";
import styles from "./Transcript.module.css";
import { turnsToFill } from "./turnsToFill.js";
import { UserMessage } from "./UserMessage.js";
import { useFollowScroll } from "./useFollowScroll.js";
import { useFoundMessage } from "./useFoundMessage.js";
import { useShownFrom } from "./useShownFrom.js";

/** The conversation's shown branch, scrolling. */
export function Transcript() {
  const shown = useAppState((state) => shownChat(state.chat));
  const pending = useAppState((state) => state.chat.pendingSend);
  const sentId = useAppState((state) => state.chat.sentMessageId);
  const chatId = useAppState((state) => state.chat.conversationId);
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const startKey = `${chatId} ${sentId} ${pending?.requestId}`;
  const { away, grewWhileAway, jump, release } = useFollowScroll(scroller, content, startKey);
  const turns = turnsOf(shown, pending);
  const shownFrom = useShownFrom(turns.length, turnsToFill(turns, window.innerHeight), chatId ?? "");
  useFoundMessage(scroller, release, shownFrom);
  const words = messages.transcript;
  const { notSentAbove, summary } = useAppState(useShallow(leftOut));
  const firstRead = notSentAbove === "draft" ? turns.length : turns.findIndex((turn) => turn[0]?.id === notSentAbove);
  return (
    <div className={styles.frame}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <div ref={scroller} className={styles.scroller} role="log" aria-live="off" aria-label={words.label} tabIndex={0}>
        <div ref={content} className={styles.column}>
          {turns.slice(shownFrom).map((turn, index) => (
            <Fragment key={turn[0]?.id}>
              {firstRead > 0 && index + shownFrom === firstRead ? <NotSentLine summary={summary} /> : null}
              <div
                className={[
                  styles.turn,
                  turn.some(({ id }) => id === sentId) && !pending ? styles.sent : "",
                  index + shownFrom < firstRead ? styles.notSent : "",
                ].join(" ")}
              >
                {turn.map((message) => (
                  <MessageOf key={message.id} message={message} shown={shown} />
                ))}
              </div>
            </Fragment>
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

/** Between the messages that the model did not read and those that it did. */
function NotSentLine({ summary }: { summary: string | undefined }) {
  const words = messages.overflow;
  if (summary === undefined) return <p className={styles.notSentLine}>{words.notSentAbove}</p>;
  return (
    <aside className={styles.summary} aria-label={words.summaryLabel}>
      <p className={styles.notSentLine}>{words.summarisedAbove}</p>
      <p className={styles.summaryText}>{summary}</p>
    </aside>
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
  return <UserMessage text={message.text} message={message} {...versions} />;
}

/** A turn is a user's message and what answers it. A rewritten message on its way takes the place of the one it replaces. */
function turnsOf({ branch }: ShownChat, pending: PendingSend | undefined): Message[][] {
  const turns: Message[][] = [];
  const end = pending?.editOf === undefined ? -1 : branch.findIndex(({ id }) => id === pending.editOf);
  for (const message of end < 0 ? branch : branch.slice(0, end)) {
    const turn = turns.at(-1);
    if (turn && message.role === "assistant") turn.push(message);
    else turns.push([message]);
  }
  return turns;
}

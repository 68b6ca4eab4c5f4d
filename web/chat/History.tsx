import type { MouseEvent } from "react";
import type { Conversation } from "../../server/protocol/conversation.js";
import { useActions, useAppState } from "../state/AppContext.js";
import { pathOfChat } from "../state/route.js";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";
import { groupByDay } from "./groupByDay.js";
import styles from "./History.module.css";

/** The list of chats. `onChosen` is called when one was picked, so that a drawer can close. */
export function History({ onChosen }: { onChosen: () => void }) {
  const { list, error, leavingId } = useAppState((state) => state.conversations);
  const openId = useAppState((state) => state.chat.conversationId);
  const words = messages.history;
  if (!list) return <p className={styles.note}>{error ? words.failed : words.loading}</p>;
  const shown = list.filter(({ id }) => id !== leavingId);
  if (shown.length === 0) return <p className={styles.note}>{words.empty}</p>;
  return groupByDay(shown, Date.now()).map(({ name, conversations }) => (
    <section key={name} aria-label={name}>
      <h2 className={styles.group}>{name}</h2>
      <ul className={styles.list}>
        {conversations.map((conversation) => (
          <Row
            key={conversation.id}
            conversation={conversation}
            open={conversation.id === openId}
            onChosen={onChosen}
          />
        ))}
      </ul>
    </section>
  ));
}

interface RowProps {
  conversation: Conversation;
  open: boolean;
  onChosen: () => void;
}

function Row({ conversation, open, onChosen }: RowProps) {
  const { openChat, deleteChat } = useActions();
  const title = conversation.title || messages.history.untitled;
  return (
    <li className={[styles.row, open ? styles.open : ""].join(" ")}>
      <a
        href={pathOfChat(conversation.id)}
        className={styles.link}
        title={title}
        {...(open ? { "aria-current": "page" } : {})}
        onClick={(event) => {
          if (!isPlainClick(event)) return;
          event.preventDefault();
          openChat(conversation.id);
          onChosen();
        }}
      >
        {title}
      </a>
      <IconButton
        icon="trash"
        iconSize={16}
        label={messages.history.remove(title)}
        className={styles.remove}
        onClick={() => deleteChat(conversation.id)}
      />
    </li>
  );
}

/** With a modifier the browser opens the link in another tab or window. */
function isPlainClick(event: MouseEvent): boolean {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

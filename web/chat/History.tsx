import { useState } from "react";
import { useAppState } from "../state/AppContext.js";
import { messages } from "../ui/messages.js";
import { groupByDay } from "./groupByDay.js";
import styles from "./History.module.css";
import { HistoryRow } from "./HistoryRow.js";
import { SearchField } from "./SearchField.js";
import { SearchResults } from "./SearchResults.js";

/** The chats, searchable. `onChosen` is called when one was picked, so that a drawer can close. */
export function History({ onChosen }: { onChosen: () => void }) {
  const [query, setQuery] = useState("");
  const chosen = () => {
    setQuery("");
    onChosen();
  };
  return (
    <>
      <SearchField query={query} onQuery={setQuery} />
      <div className={styles.scroller}>
        {query.trim() === "" ? <ChatList onChosen={chosen} /> : <SearchResults query={query} onChosen={chosen} />}
      </div>
    </>
  );
}

function ChatList({ onChosen }: { onChosen: () => void }) {
  const { list, error } = useAppState((state) => state.conversations);
  const openId = useAppState((state) => state.chat.conversationId);
  const unreachable = useAppState((state) => state.connection.status === "unreachable");
  const words = messages.history;
  if (!list && unreachable) return <p className={styles.note}>{words.unreachable}</p>;
  if (!list) return <p className={styles.note}>{error ? words.failed : words.loading}</p>;
  if (list.length === 0) return <p className={styles.note}>{words.empty}</p>;
  return groupByDay(list, Date.now()).map(({ name, conversations }) => (
    <section key={name} aria-label={name}>
      <h2 className={styles.group}>{name}</h2>
      <ul className={styles.list}>
        {conversations.map((conversation) => (
          <HistoryRow
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

import { useEffect } from "react";
import type { SearchHit } from "../../server/protocol/conversation.js";
import { useActions } from "../state/AppContext.js";
import { pathOfChat } from "../state/route.js";
import { announce } from "../ui/announce.js";
import { isPlainClick } from "../ui/isPlainClick.js";
import { messages } from "../ui/messages.js";
import styles from "./History.module.css";
import { splitMarks } from "./splitMarks.js";
import { useSearch } from "./useSearch.js";

/** What was found, best first; a press opens the chat at that place. */
export function SearchResults({ query, onChosen }: { query: string; onChosen: () => void }) {
  const result = useSearch(query);
  const words = messages.search;
  const countOfHits = result?.ok ? result.data.length : undefined;
  useEffect(() => {
    if (countOfHits !== undefined) announce(messages.search.results(countOfHits));
  }, [countOfHits]);
  if (!result) return null;
  if (!result.ok) return <p className={styles.note}>{words.failed}</p>;
  if (result.data.length === 0) return <p className={styles.note}>{words.none(query.trim())}</p>;
  return (
    <section aria-label={words.results(result.data.length)}>
      <h2 className={styles.group}>{words.results(result.data.length)}</h2>
      <ul className={styles.list}>
        {result.data.map((hit) => (
          <Hit key={`${hit.conversation.id} ${hit.messageId ?? ""}`} hit={hit} onChosen={onChosen} />
        ))}
      </ul>
    </section>
  );
}

function Hit({ hit, onChosen }: { hit: SearchHit; onChosen: () => void }) {
  const { openHit } = useActions();
  const { conversation, messageId, snippet } = hit;
  const marked = splitMarks(snippet).map((part, index) => {
    const key = `${index} ${part.text}`;
    return part.marked ? <mark key={key}>{part.text}</mark> : <span key={key}>{part.text}</span>;
  });
  return (
    <li className={styles.row}>
      <a
        href={pathOfChat(conversation.id)}
        className={[styles.link, styles.hit].join(" ")}
        onClick={(event) => {
          if (!isPlainClick(event)) return;
          event.preventDefault();
          openHit(hit);
          onChosen();
        }}
      >
        <span className={styles.hitTitle}>
          {messageId === undefined ? marked : conversation.title || messages.history.untitled}
        </span>
        {messageId === undefined ? null : <span className={styles.snippet}>{marked}</span>}
      </a>
    </li>
  );
}

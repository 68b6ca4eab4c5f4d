import { Icon } from "../ui/Icon.js";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";
import styles from "./SearchField.module.css";

export const searchFieldId = "search";

/** Where one looks for a chat. Escape empties it. */
export function SearchField({ query, onQuery }: { query: string; onQuery: (query: string) => void }) {
  const words = messages.search;
  return (
    <div className={styles.field}>
      <Icon name="search" size={16} />
      <input
        id={searchFieldId}
        type="search"
        className={styles.input}
        value={query}
        maxLength={200}
        aria-label={words.label}
        placeholder={words.label}
        autoComplete="off"
        enterKeyHint="search"
        onChange={(event) => onQuery(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || query === "") return;
          event.preventDefault();
          onQuery("");
        }}
      />
      {query === "" ? null : (
        <IconButton
          icon="close"
          iconSize={14}
          label={words.clear}
          className={styles.clear}
          onClick={() => onQuery("")}
        />
      )}
    </div>
  );
}

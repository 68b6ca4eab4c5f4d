import { useState } from "react";
import type { Conversation } from "../../server/protocol/conversation.js";
import { useActions } from "../state/AppContext.js";
import { pathOfChat } from "../state/route.js";
import { announce } from "../ui/announce.js";
import { Icon } from "../ui/Icon.js";
import { IconButton } from "../ui/IconButton.js";
import { isPlainClick } from "../ui/isPlainClick.js";
import { Menu, type MenuItem } from "../ui/Menu.js";
import { messages } from "../ui/messages.js";
import styles from "./History.module.css";
import { RenameField } from "./RenameField.js";

interface Props {
  conversation: Conversation;
  open: boolean;
  onChosen: () => void;
}

/** A chat in the list, with what can be done to it. */
export function HistoryRow({ conversation, open, onChosen }: Props) {
  const { openChat, deleteChat, pinChat, renameChat } = useActions();
  const [renaming, setRenaming] = useState(false);
  const words = messages.chatList;
  const { id, pinned, temporary } = conversation;
  const title = conversation.title || messages.history.untitled;
  const say = (result: Promise<{ message: string } | undefined>) =>
    void result.then((error) => error && announce(messages.errors.said(error).message));
  if (renaming)
    return (
      <li className={styles.row}>
        <RenameField
          title={conversation.title}
          onDone={(next) => {
            setRenaming(false);
            if (next !== undefined) say(renameChat(id, next));
          }}
        />
      </li>
    );
  const exportUrl = `/api/conversations/${encodeURIComponent(id)}/export?format=`;
  const items: MenuItem[] = [
    { label: words.rename, icon: "pencil", onSelect: () => setRenaming(true) },
    { label: pinned ? words.unpin : words.pin, icon: "pin", onSelect: () => say(pinChat(id, !pinned)) },
    { label: words.exportMarkdown, icon: "file", href: `${exportUrl}markdown&language=${messages.locale}` },
    { label: words.exportJson, icon: "download", href: `${exportUrl}json` },
    { label: words.remove, icon: "trash", danger: true, onSelect: () => say(deleteChat(id)) },
  ];
  return (
    <li className={[styles.row, open ? styles.open : ""].join(" ")}>
      <a
        href={pathOfChat(id)}
        className={styles.link}
        title={title}
        {...(open ? { "aria-current": "page" } : {})}
        onClick={(event) => {
          if (!isPlainClick(event)) return;
          event.preventDefault();
          openChat(id);
          onChosen();
        }}
      >
        {conversation.generating ? (
          <span className={styles.spinner} role="img" aria-label={words.generating} title={words.generating} />
        ) : null}
        {temporary ? (
          <span className={styles.temporary} role="img" aria-label={words.temporary} title={words.temporary}>
            <Icon name="hourglass" size={14} />
          </span>
        ) : null}
        <bdi className={styles.title}>{title}</bdi>
      </a>
      <span className={styles.options}>
        <Menu
          items={items}
          label={words.options(title)}
          button={(attributes) => <IconButton icon="dots" iconSize={16} label={words.options(title)} {...attributes} />}
        />
      </span>
    </li>
  );
}

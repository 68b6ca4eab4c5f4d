import { useAppState } from "../state/AppContext.js";
import { Icon } from "../ui/Icon.js";
import { messages } from "../ui/messages.js";
import styles from "./TemporaryNote.module.css";

/** Says above a temporary chat that it will not be kept. */
export function TemporaryNote() {
  const temporary = useAppState(({ chat }) => chat.conversation?.temporary ?? chat.temporary);
  if (!temporary) return null;
  return (
    <p className={styles.note}>
      <Icon name="hourglass" size={16} />
      {messages.chatList.temporaryNote}
    </p>
  );
}

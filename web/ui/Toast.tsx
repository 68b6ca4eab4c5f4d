import { Button } from "./Button.js";
import { IconButton } from "./IconButton.js";
import { messages } from "./messages.js";
import styles from "./Toast.module.css";

interface Props {
  text: string;
  actionText: string;
  onAction: () => void;
  onDismiss: () => void;
}

/** Something that was done, for a few seconds, with the way back. */
export function Toast({ text, actionText, onAction, onDismiss }: Props) {
  return (
    <div className={styles.toast} role="status">
      <span className={styles.text}>{text}</span>
      <Button onClick={onAction}>{actionText}</Button>
      <IconButton icon="close" iconSize={16} label={messages.history.dismiss} onClick={onDismiss} />
    </div>
  );
}

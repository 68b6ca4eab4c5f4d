import type { PageError } from "../connection/PageError.js";
import { Button } from "../ui/Button.js";
import { messages } from "../ui/messages.js";
import { Notice } from "../ui/Notice.js";
import styles from "./PendingMessage.module.css";

interface Props {
  error: PageError;
  /** Some text came before it failed, and it is still there. */
  kept: boolean;
  onTryAgain: () => void;
  /** Makes the reply with as much of the chat as fits. */
  onDropOldest: () => void;
  /** Makes it with a summary of what does not fit. */
  onSummarise: () => void;
  /** Starts a new chat with the same question. */
  onNewChat: () => void;
}

/** What went wrong with a reply, in its place, with the one button that helps. */
export function ReplyError({ error, kept, onTryAgain, onDropOldest, onSummarise, onNewChat }: Props) {
  const words = messages.errors;
  const title = words.titles[error.code] ?? words.titles.fallback;
  const { message, hint } = words.said(error);
  return (
    <Notice
      within
      title={title}
      action={
        error.code === "context_full" ? (
          <div className={styles.buttons}>
            <Button onClick={onSummarise}>{messages.overflow.summariseOldest}</Button>
            <Button onClick={onDropOldest}>{messages.overflow.dropOldest}</Button>
            <Button look="accent" icon="plus" onClick={onNewChat}>
              {words.newChat}
            </Button>
          </div>
        ) : (
          <Button look="accent" icon="refresh" onClick={onTryAgain}>
            {words.tryAgain}
          </Button>
        )
      }
    >
      {message && message !== title ? <p>{message}</p> : null}
      {hint ? <p>{hint}</p> : null}
      {kept ? <p>{words.kept}</p> : null}
    </Notice>
  );
}

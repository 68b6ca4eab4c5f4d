import type { ReactNode } from "react";
import { CopyButton } from "../ui/CopyButton.js";
import { messages } from "../ui/messages.js";
import styles from "./UserMessage.module.css";

/** What the reader wrote, as they wrote it: not Markdown. */
export function UserMessage({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <article className={styles.message}>
      <h2 className="visuallyHidden">{messages.message.you}</h2>
      <div className={styles.bubble}>{text}</div>
      {children ?? (
        <div className={styles.actions}>
          <CopyButton label={messages.message.copy} text={() => text} />
        </div>
      )}
    </article>
  );
}

import type { PageError } from "../connection/PageError.js";
import { useActions, useAppState } from "../state/AppContext.js";
import type { DraftAttachment } from "../state/AppState.js";
import { waitingAttachments } from "../state/reduceAttachments.js";
import { announce } from "../ui/announce.js";
import { formatBytes } from "../ui/formatBytes.js";
import { Icon } from "../ui/Icon.js";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";
import styles from "./Attachments.module.css";
import { composerId } from "./composerId.js";

/** The files that go with the next message, each with its size, what it costs, and a way to take it out again. */
export function WaitingAttachments() {
  const files = useAppState(waitingAttachments);
  const { removeAttachment } = useActions();
  const words = messages.attachments;
  if (files.length === 0) return null;
  const remove = ({ key, name }: DraftAttachment) => {
    removeAttachment(key);
    announce(words.removed(name));
    document.getElementById(composerId)?.focus({ preventScroll: true });
  };
  return (
    <ul className={styles.list} aria-label={words.listLabel}>
      {files.map((file) => (
        <li key={file.key} className={[styles.chip, file.error ? styles.bad : ""].join(" ")}>
          <Icon name={file.error ? "alert" : "file"} size={16} />
          {file.error ? (
            <span className={styles.reason} role="alert">
              {reasonOf(file.error)}
            </span>
          ) : (
            <>
              <span className={styles.name}>{file.name}</span>
              <span className={styles.facts}>{factsOf(file)}</span>
            </>
          )}
          <IconButton icon="close" iconSize={16} label={words.remove(file.name)} onClick={() => remove(file)} />
        </li>
      ))}
    </ul>
  );
}

function reasonOf(error: PageError): string {
  const { message, hint } = messages.errors.said(error);
  return [message, hint].filter(Boolean).join(" ");
}

function factsOf({ id, sizeBytes, cost }: DraftAttachment): string {
  const words = messages.attachments;
  if (id === undefined) return words.sending;
  return [formatBytes(sizeBytes), ...(cost ? [words.cost(cost.tokens)] : [])].join(" · ");
}

import { lazy, Suspense, useState } from "react";
import type { Attachment } from "../../server/protocol/conversation.js";
import { formatBytes } from "../ui/formatBytes.js";
import { Icon } from "../ui/Icon.js";
import { messages } from "../ui/messages.js";
import styles from "./Attachments.module.css";

const AttachmentDialog = lazy(() => import("./AttachmentDialog.js"));

/** The files of a message; a press shows what is in one. Before they are sent there is nothing to open. */
export function SentAttachments({
  files,
}: {
  files: readonly Pick<Attachment, "name" | "sizeBytes">[] | readonly Attachment[];
}) {
  const [opened, setOpened] = useState<Attachment | undefined>();
  const words = messages.attachments;
  return (
    <>
      <ul className={styles.sent} aria-label={words.listLabel}>
        {files.map((file, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names repeat, and a message's files never change.
          <li key={index}>
            <button
              type="button"
              className={styles.chip}
              title={words.open(file.name)}
              disabled={!("id" in file)}
              onClick={() => setOpened("id" in file ? file : undefined)}
            >
              <Icon name="file" size={16} />
              <span className={styles.name}>{file.name}</span>
              <span className={styles.facts}>{formatBytes(file.sizeBytes)}</span>
            </button>
          </li>
        ))}
      </ul>
      {opened ? (
        <Suspense fallback={null}>
          <AttachmentDialog file={opened} onClose={() => setOpened(undefined)} />
        </Suspense>
      ) : null}
    </>
  );
}

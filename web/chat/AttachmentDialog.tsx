import { useEffect, useState } from "react";
import type { Attachment } from "../../server/protocol/conversation.js";
import { attachmentPath } from "../connection/sendAttachment.js";
import { CopyButton } from "../ui/CopyButton.js";
import { Dialog } from "../ui/Dialog.js";
import { Icon } from "../ui/Icon.js";
import { messages } from "../ui/messages.js";
import styles from "./AttachmentDialog.module.css";

/** What is in a file that went with a message, as plain text. */
export default function AttachmentDialog({ file, onClose }: { file: Attachment; onClose: () => void }) {
  const [text, setText] = useState<string | undefined>();
  const [failed, setFailed] = useState(false);
  const words = messages.attachments;
  const path = attachmentPath(file.id);
  useEffect(() => {
    let current = true;
    fetch(path)
      .then(async (response) => {
        if (!response.ok) throw new Error(response.statusText);
        const read = await response.text();
        if (current) setText(read);
      })
      .catch(() => {
        if (current) setFailed(true);
      });
    return () => {
      current = false;
    };
  }, [path]);
  return (
    <Dialog title={file.name} onClose={onClose}>
      {text === undefined ? (
        <p role="status">{failed ? words.failed : words.opening}</p>
      ) : (
        <>
          <div className={styles.actions}>
            <CopyButton label={messages.message.copy} text={() => text} />
            <a href={path} download className={styles.download}>
              <Icon name="download" size={16} />
              {words.download}
            </a>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
          <pre className={styles.text} tabIndex={0}>
            {text}
          </pre>
        </>
      )}
    </Dialog>
  );
}

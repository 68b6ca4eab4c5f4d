import { memo, type ReactNode, useState } from "react";
import type { Message } from "../../server/protocol/conversation.js";
import type { PageError } from "../connection/PageError.js";
import { useActions, useAppState } from "../state/AppContext.js";
import type { DraftAttachment } from "../state/AppState.js";
import { CopyButton } from "../ui/CopyButton.js";
import { IconButton } from "../ui/IconButton.js";
import { Menu } from "../ui/Menu.js";
import { messages } from "../ui/messages.js";
import { MessageEditor } from "./MessageEditor.js";
import { SentAttachments } from "./SentAttachments.js";
import styles from "./UserMessage.module.css";
import { VersionSwitch, type Versions } from "./VersionSwitch.js";

interface Props {
  text: string;
  /** The stored message; without it there is nothing to do with it yet. */
  message?: Message;
  /** What goes with it, if it is not stored yet. */
  attachments?: readonly DraftAttachment[] | undefined;
  /** Instead of the actions. */
  children?: ReactNode;
}

/** What the reader wrote, as they wrote it: not Markdown. */
export const UserMessage = memo(function UserMessage({
  text,
  message,
  attachments,
  children,
  ...versions
}: Props & (Versions | { total?: never })) {
  const files = message?.attachments ?? attachments?.map(({ name, sizeBytes }) => ({ name, sizeBytes }));
  const editedText = useAppState(({ chat }) =>
    message && chat.editing?.messageId === message.id ? chat.editing.text : undefined,
  );
  return (
    <article className={styles.message} tabIndex={-1} {...(message ? { "data-message": message.id } : {})}>
      <h2 className="visuallyHidden">{messages.message.you}</h2>
      {message && editedText !== undefined ? (
        <MessageEditor messageId={message.id} initialText={editedText} />
      ) : (
        <>
          <div className={styles.said}>
            {files && files.length > 0 ? <SentAttachments files={files} /> : null}
            <div className={styles.bubble} dir="auto">
              {text}
            </div>
            {versions.total === undefined ? null : <VersionSwitch {...versions} />}
          </div>
          {children ?? (
            <div className={styles.actions}>
              <CopyButton label={messages.message.copy} text={() => text} />
              {message ? <StoredActions message={message} /> : null}
            </div>
          )}
        </>
      )}
    </article>
  );
});

function StoredActions({ message }: { message: Message }) {
  const { beginEdit, branchChat, deleteMessage } = useActions();
  const [failed, setFailed] = useState<PageError | undefined>();
  const words = messages.messageActions;
  return (
    <>
      <IconButton icon="pencil" iconSize={16} label={words.edit} onClick={() => beginEdit(message.id)} />
      <Menu
        label={words.more}
        items={[
          { label: words.branch, icon: "branch", onSelect: () => void branchChat(message.id).then(setFailed) },
          {
            label: words.remove,
            icon: "trash",
            danger: true,
            onSelect: () => void deleteMessage(message.id).then(setFailed),
          },
        ]}
        button={(attributes) => <IconButton icon="dots" iconSize={16} label={words.more} {...attributes} />}
      />
      {failed ? (
        <span role="alert" className={styles.failed}>
          {messages.errors.said(failed).message}
        </span>
      ) : null}
    </>
  );
}

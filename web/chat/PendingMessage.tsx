import { useActions } from "../state/AppContext.js";
import type { PendingSend } from "../state/AppState.js";
import { Button } from "../ui/Button.js";
import { messages } from "../ui/messages.js";
import { Notice } from "../ui/Notice.js";
import styles from "./PendingMessage.module.css";
import { PhaseLine } from "./PhaseLine.js";
import { UserMessage } from "./UserMessage.js";

/** A message on its way to the server, or one that did not arrive: nothing of it is lost. */
export function PendingMessage({ pending }: { pending: PendingSend }) {
  const { sendAgain, takeBack, newChatWithDraft } = useActions();
  const words = messages.errors;
  const { error } = pending;
  if (!error) {
    return (
      <>
        <UserMessage text={pending.text} attachments={pending.attachments} />
        <PhaseLine phase={undefined} />
      </>
    );
  }
  const { message, hint } = words.said(error);
  const isFull = error.code === "context_full";
  return (
    <>
      <UserMessage text={pending.text} attachments={pending.attachments}>
        <span className={styles.notSent}>{messages.message.notSent}</span>
      </UserMessage>
      <Notice
        title={words.titles[error.code] ?? words.titles.fallback}
        action={
          <div className={styles.buttons}>
            <Button icon="pencil" onClick={takeBack}>
              {messages.message.editAgain}
            </Button>
            {isFull ? (
              <Button look="accent" icon="plus" onClick={newChatWithDraft}>
                {words.newChat}
              </Button>
            ) : (
              <Button look="accent" icon="refresh" onClick={sendAgain}>
                {words.tryAgain}
              </Button>
            )}
          </div>
        }
      >
        <p>{message}</p>
        {hint ? <p>{hint}</p> : null}
      </Notice>
    </>
  );
}

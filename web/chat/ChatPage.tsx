import type { ReactNode } from "react";
import { useActions, useAppState } from "../state/AppContext.js";
import { isWritable } from "../state/shownChat.js";
import { Button } from "../ui/Button.js";
import { messages } from "../ui/messages.js";
import { Notice } from "../ui/Notice.js";
import styles from "./ChatPage.module.css";
import { Composer } from "./Composer.js";
import { EmptyChat } from "./EmptyChat.js";
import { TemporaryNote } from "./TemporaryNote.js";
import { Transcript } from "./Transcript.js";

/** The centre column: what was said, and where one writes. */
export function ChatPage({ installCard }: { installCard: ReactNode }) {
  const status = useAppState((state) => state.chat.status);
  const error = useAppState((state) => state.chat.error);
  const unreachable = useAppState((state) => state.connection.status === "unreachable");
  const isNew = useAppState((state) => state.chat.conversationId === undefined && !state.chat.pendingSend);
  const writable = useAppState(isWritable);
  const { newChat, openCurrent } = useActions();
  const words = messages.transcript;

  if (!writable) {
    const missing = status === "missing";
    return (
      <div className={styles.page}>
        <div className={styles.middle}>
          <Notice
            look={missing ? "quiet" : "bad"}
            title={missing ? words.missing : words.failed}
            action={
              missing ? (
                <Button look="accent" icon="plus" onClick={newChat}>
                  {messages.errors.newChat}
                </Button>
              ) : (
                <Button look="accent" icon="refresh" onClick={() => void openCurrent()}>
                  {messages.errors.tryAgain}
                </Button>
              )
            }
          >
            {error && !missing ? <p>{messages.errors.said(error).message}</p> : null}
          </Notice>
        </div>
      </div>
    );
  }
  return (
    <div className={styles.page}>
      <TemporaryNote />
      {isNew ? (
        <EmptyChat installCard={installCard} />
      ) : status === "opening" ? (
        <p className={styles.middle}>{unreachable ? messages.connection.waiting : words.opening}</p>
      ) : (
        <Transcript />
      )}
      <Composer />
    </div>
  );
}

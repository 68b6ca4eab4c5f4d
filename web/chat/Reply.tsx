import { memo, useState } from "react";
import type { Message } from "../../server/protocol/conversation.js";
import type { PageError } from "../connection/PageError.js";
import { ReplyText } from "../inside/ReplyText.js";
import { splitReasoning } from "../markdown/splitReasoning.js";
import { useActions, useAppState } from "../state/AppContext.js";
import type { RegenerateOptions } from "../state/createMessageActions.js";
import { shownChat } from "../state/shownChat.js";
import { CopyButton } from "../ui/CopyButton.js";
import { CriaMark } from "../ui/CriaMark.js";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";
import { canContinue } from "./canContinue.js";
import { PhaseLine } from "./PhaseLine.js";
import { RatingMark } from "./RatingMark.js";
import styles from "./Reply.module.css";
import { ReplyError } from "./ReplyError.js";
import { ReplyMenu } from "./ReplyMenu.js";
import { ReplyStats } from "./ReplyStats.js";
import { replyNow } from "./replyNow.js";
import { StopBadge } from "./StopBadge.js";
import { VersionSwitch, type Versions } from "./VersionSwitch.js";

/** A reply: what it waits for, its growing text, and what can be done with it. */
export const Reply = memo(function Reply({ message, ...versions }: { message: Message } & Versions) {
  const view = useAppState((state) => (message.generationId ? state.generations[message.generationId] : undefined));
  const modelName = useAppState(
    (state) => state.models.list?.find(({ id }) => id === message.modelId)?.name ?? message.modelId,
  );
  const isLast = useAppState((state) => shownChat(state.chat).branch.at(-1)?.id === message.id);
  const { regenerate, continueReply, dropOldest, summariseOldest, newChatWith } = useActions();
  const question = useAppState((state) => state.chat.messages[message.parentId ?? ""]?.text ?? "");
  const [refused, setRefused] = useState<PageError | undefined>();
  const { text, running, end } = replyNow(message, view);
  const words = messages.message;
  const name = modelName ?? words.modelFallback;
  const report = (result: Promise<PageError | undefined>) => {
    setRefused(undefined);
    void result.then(setRefused);
  };
  const again = (options: RegenerateOptions = {}) => report(regenerate(message.id, options));
  const failed = refused ?? end?.error;

  return (
    <article className={styles.reply} aria-busy={running} data-message={message.id} tabIndex={-1}>
      <h2 className={styles.name}>
        <CriaMark size={20} />
        {name}
      </h2>
      {text === "" ? null : <ReplyText message={message} text={text} running={running} />}
      {running && text === "" ? <PhaseLine phase={view?.phase} /> : null}
      {!running && text === "" && !failed ? <p className={styles.quiet}>{words.emptyReply}</p> : null}
      <div className={styles.footer}>
        {running ? (
          text === "" ? null : (
            <span className={styles.live}>
              {messages.phase.answering} · {messages.stats.tokens(view?.tokenCount ?? 0)}
            </span>
          )
        ) : (
          <>
            <VersionSwitch {...versions} />
            <span className={styles.actions}>
              {text === "" ? null : <CopyButton label={words.copy} text={() => splitReasoning(text, false).answer} />}
              <IconButton icon="refresh" iconSize={16} label={words.regenerate} onClick={() => again()} />
              {isLast && canContinue(message) ? (
                <IconButton
                  icon="play"
                  iconSize={16}
                  label={messages.messageActions.continueReply}
                  onClick={() => report(continueReply(message.id))}
                />
              ) : null}
              <ReplyMenu message={message} onRegenerate={again} onResult={report} />
            </span>
            <RatingMark rating={message.rating} />
            <StopBadge stopReason={end?.stopReason} />
            {end?.stats && end.stats.generatedTokens > 0 ? (
              <ReplyStats samples={view?.samples} stats={end.stats} stopReason={end.stopReason} modelName={name} />
            ) : null}
          </>
        )}
      </div>
      {failed ? (
        <ReplyError
          error={failed}
          kept={text !== "" && !refused}
          onTryAgain={() => again()}
          onDropOldest={() => {
            dropOldest();
            again({ overflow: "dropOldest" });
          }}
          onSummarise={() => {
            summariseOldest();
            again({ overflow: "summarise" });
          }}
          onNewChat={() => newChatWith(question)}
        />
      ) : null}
    </article>
  );
});

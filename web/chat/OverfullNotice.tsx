import { useActions, useAppState } from "../state/AppContext.js";
import { waitingAttachments } from "../state/reduceAttachments.js";
import { Button } from "../ui/Button.js";
import { messages } from "../ui/messages.js";
import { Notice } from "../ui/Notice.js";
import type { ContextUse } from "./contextUse.js";
import styles from "./PendingMessage.module.css";

/** Says before sending that the chat and the draft are more than the model can hold, and asks what to do. */
export function OverfullNotice({ use }: { use: ContextUse }) {
  const { newChatWithDraft, dropOldest, summariseOldest, showSettings } = useActions();
  const model = useAppState((state) => state.models.list?.find(({ id }) => id === state.models.selectedId));
  // What another server holds is not ours to load again.
  const couldHoldMore = model !== undefined && model.engine === undefined && model.contextTokens > use.totalTokens;
  const words = messages.gauge;
  const files = useAppState((state) => waitingAttachments(state).length);
  // Otherwise neither a new chat nor leaving messages out makes room.
  const draftFits = use.draftTokens < use.totalTokens;
  const choosable = draftFits && use.draftTokens < use.usedTokens;
  return (
    <Notice
      look="quiet"
      title={words.full(use.usedTokens, use.totalTokens)}
      action={
        choosable || couldHoldMore ? (
          <div className={styles.buttons}>
            {choosable ? (
              <>
                <Button onClick={summariseOldest}>{messages.overflow.summariseOldest}</Button>
                <Button onClick={dropOldest}>{messages.overflow.dropOldest}</Button>
              </>
            ) : null}
            {couldHoldMore ? (
              <Button onClick={() => showSettings("loading")}>{messages.loading.largerContext}</Button>
            ) : null}
            {choosable ? (
              <Button look="accent" icon="plus" onClick={newChatWithDraft}>
                {messages.errors.newChat}
              </Button>
            ) : null}
          </div>
        ) : null
      }
    >
      <p>{draftFits ? words.fullHint : files > 0 ? words.fullWithFilesHint : words.fullAloneHint}</p>
      {couldHoldMore ? <p>{messages.overflow.couldHoldMore(model.contextTokens)}</p> : null}
    </Notice>
  );
}

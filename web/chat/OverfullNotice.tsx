import { useActions } from "../state/AppContext.js";
import { Button } from "../ui/Button.js";
import { messages } from "../ui/messages.js";
import { Notice } from "../ui/Notice.js";
import type { ContextUse } from "./contextUse.js";

/** Says before sending that the chat and the draft are more than the model can hold. */
export function OverfullNotice({ use }: { use: ContextUse }) {
  const { newChatWithDraft } = useActions();
  const words = messages.gauge;
  const helps = use.draftTokens < use.usedTokens;
  return (
    <Notice
      look="quiet"
      title={words.full(use.usedTokens, use.totalTokens)}
      action={
        helps ? (
          <Button look="accent" icon="plus" onClick={newChatWithDraft}>
            {messages.errors.newChat}
          </Button>
        ) : null
      }
    >
      <p>{words.fullHint}</p>
    </Notice>
  );
}

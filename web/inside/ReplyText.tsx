import { lazy, Suspense } from "react";
import type { Message } from "../../server/protocol/conversation.js";
import { ModelText } from "../markdown/ModelText.js";
import { useAppState } from "../state/AppContext.js";
import { looksInside } from "../state/lookInside.js";

const TokenText = lazy(() => import("./TokenText.js"));

interface Props {
  message: Message;
  text: string;
  running: boolean;
}

/** A reply's text: as Markdown, or token by token where it is looked into and the tokens are known. */
export function ReplyText({ message, text, running }: Props) {
  const spans = useAppState((state) => {
    if (!looksInside(state, message.conversationId)) return undefined;
    const inside = state.generations[message.generationId ?? ""]?.inside;
    return inside?.some(({ token }) => token) ? inside : undefined;
  });
  const markdown = <ModelText text={text} streaming={running} />;
  if (!spans) return markdown;
  return (
    <Suspense fallback={markdown}>
      <TokenText messageId={message.id} spans={spans} running={running} />
    </Suspense>
  );
}

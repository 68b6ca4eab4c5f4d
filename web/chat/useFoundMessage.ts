import { type RefObject, useEffect } from "react";
import { useActions, useAppState } from "../state/AppContext.js";

/** Scrolls once to the message that was searched for, as soon as it is drawn. `release` ends the following of the end. */
export function useFoundMessage(scroller: RefObject<HTMLElement | null>, release: () => void, drawnFrom: number): void {
  const foundId = useAppState((state) => state.chat.foundMessageId);
  const { foundMessageShown } = useActions();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a long chat is drawn step by step, from its end upwards.
  useEffect(() => {
    if (foundId === undefined) return;
    const message = scroller.current?.querySelector<HTMLElement>(`[data-message="${CSS.escape(foundId)}"]`);
    if (!message) return;
    release();
    message.scrollIntoView({ block: "center" });
    message.focus({ preventScroll: true });
    foundMessageShown();
  }, [foundId, drawnFrom, scroller, release, foundMessageShown]);
}

import { useEffect, useRef } from "react";
import { useActions, useAppState } from "../state/AppContext.js";
import { isAttaching } from "../state/reduceAttachments.js";

/**
 * Sends the draft, at once or, while the page is still starting, a file is on its way or the draft is not counted yet (`counting`), as
 * soon as it can: whoever presses Enter in that moment is not left with a message that never went out. Writing on meanwhile takes that
 * back. The function says whether it took the draft.
 */
export function useSend(draft: string, sendable: boolean, counting: boolean): () => boolean {
  const { send } = useActions();
  const starting = useAppState(
    (state) =>
      !state.connection.everConnected ||
      state.models.list === undefined ||
      state.chat.status === "opening" ||
      isAttaching(state),
  );
  const notYet = starting || counting;
  const held = useRef<string>(undefined);

  useEffect(() => {
    if (held.current === undefined) return;
    if (held.current === draft && notYet) return;
    // Written on since, or not to be sent as it is: the reader decides again.
    const sends = held.current === draft && sendable;
    held.current = undefined;
    if (sends) send(draft);
  }, [draft, sendable, notYet, send]);

  return () => {
    if (notYet && draft.trim() !== "") {
      held.current = draft;
      return true;
    }
    if (sendable) send(draft);
    return sendable;
  };
}

import { useEffect, useRef } from "react";
import { useActions, useAppState } from "../state/AppContext.js";
import { isAttaching } from "../state/reduceAttachments.js";

/**
 * Sends the draft, at once or, while the page is still starting or a file is on its way, as soon as it can: whoever presses
 * Enter in that moment is not left with a message that never went out. Writing on meanwhile takes that back. The function
 * says whether it took the draft.
 */
export function useSend(draft: string, sendable: boolean): () => boolean {
  const { send } = useActions();
  const notYet = useAppState(
    (state) =>
      !state.connection.everConnected ||
      state.models.list === undefined ||
      state.chat.status === "opening" ||
      isAttaching(state),
  );
  const held = useRef<string>(undefined);

  useEffect(() => {
    if (held.current === undefined) return;
    if (held.current !== draft) held.current = undefined;
    else if (sendable && !notYet) {
      held.current = undefined;
      send(draft);
    }
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

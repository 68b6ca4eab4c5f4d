import { useActions, useAppState } from "./state/AppContext.js";
import { messages } from "./ui/messages.js";
import { Toast } from "./ui/Toast.js";

/** After a chat was deleted: undo, as long as that is possible. */
export function DeletionToast() {
  const leaving = useAppState((state) => state.conversations.leavingId !== undefined);
  const { undoDeletion, commitDeletion } = useActions();
  if (!leaving) return null;
  return (
    <Toast
      text={messages.history.removed}
      actionText={messages.history.undo}
      onAction={undoDeletion}
      onDismiss={() => void commitDeletion()}
    />
  );
}

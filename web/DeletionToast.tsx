import { useActions, useAppState } from "./state/AppContext.js";
import { messages } from "./ui/messages.js";
import { Toast } from "./ui/Toast.js";

/** After a chat or a message was deleted: undo, as long as that is possible. */
export function DeletionToast() {
  const deletion = useAppState((state) => state.deletion);
  const { undoDeletion, settleDeletion } = useActions();
  if (!deletion) return null;
  return (
    <Toast
      text={deletion.kind === "chat" ? messages.history.removed : messages.messageActions.removed}
      actionText={messages.history.undo}
      onAction={() => void undoDeletion()}
      onDismiss={settleDeletion}
    />
  );
}

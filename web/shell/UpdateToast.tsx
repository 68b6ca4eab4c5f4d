import { useEffect, useState } from "react";
import { useAppState } from "../state/AppContext.js";
import { messages } from "../ui/messages.js";
import { Toast } from "../ui/Toast.js";
import { checkForUpdate, registerShell } from "./registerShell.js";

/** Keeps the page for when the server is out of reach, and says when there is a newer one. */
export default function UpdateToast() {
  const [update, setUpdate] = useState<{ apply: () => void } | undefined>();
  const connected = useAppState((state) => state.connection.status === "connected");
  const deleting = useAppState((state) => state.deletion !== undefined);
  useEffect(() => registerShell((apply) => setUpdate({ apply })), []);
  useEffect(() => {
    if (connected) void checkForUpdate();
  }, [connected]);
  // What can be undone for a moment comes first.
  if (!update || deleting) return null;
  const words = messages.shell;
  return (
    <Toast
      text={words.update}
      actionText={words.reload}
      onAction={update.apply}
      onDismiss={() => setUpdate(undefined)}
    />
  );
}

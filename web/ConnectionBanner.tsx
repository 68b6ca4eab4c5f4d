import { useEffect, useState } from "react";
import styles from "./ConnectionBanner.module.css";
import { useAppState } from "./state/AppContext.js";
import { messages } from "./ui/messages.js";

/** A blink of the connection is nobody's business. */
const patienceMs = 800;

/** Says that the server is out of reach; what was read and written stays as it is. */
export function ConnectionBanner() {
  const status = useAppState((state) => state.connection.status);
  const lost = status !== "connected";
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(lost), lost ? patienceMs : 0);
    return () => clearTimeout(timer);
  }, [lost]);
  const words = messages.connection;
  const [title, hint] = {
    connecting: [words.connecting, words.lostHint],
    unreachable: [words.outOfReach, words.outOfReachHint],
    connected: ["", ""],
    reconnecting: [words.lost, words.lostHint],
  }[status];
  return (
    <div role="status">
      {shown && lost ? (
        <p className={styles.banner}>
          <strong>{title}</strong> {hint}
        </p>
      ) : null}
    </div>
  );
}

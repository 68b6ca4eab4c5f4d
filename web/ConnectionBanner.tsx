import { useEffect, useState } from "react";
import styles from "./ConnectionBanner.module.css";
import { useAppState } from "./state/AppContext.js";
import { messages } from "./ui/messages.js";

/** A blink of the connection is nobody's business. */
const patienceMs = 800;

/** Says that the server is out of reach; what was read and written stays as it is. */
export function ConnectionBanner() {
  const lost = useAppState((state) => state.connection.status !== "connected");
  const ever = useAppState((state) => state.connection.everConnected);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(lost), lost ? patienceMs : 0);
    return () => clearTimeout(timer);
  }, [lost]);
  const words = messages.connection;
  return (
    <div role="status">
      {shown ? (
        <p className={styles.banner}>
          <strong>{ever ? words.lost : words.connecting}</strong> {words.lostHint}
        </p>
      ) : null}
    </div>
  );
}

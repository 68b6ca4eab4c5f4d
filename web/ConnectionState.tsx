import styles from "./ConnectionState.module.css";
import { useAppState } from "./state/AppContext.js";
import { messages } from "./ui/messages.js";

/** A dot while all is well; words when it is not. */
export function ConnectionState() {
  const status = useAppState((state) => state.connection.status);
  const text = messages.connection[status];
  return (
    <span className={[styles.state, styles[status]].join(" ")} title={text}>
      <span className={styles.dot} aria-hidden="true" />
      <span className={status === "connected" ? "visuallyHidden" : styles.words}>{text}</span>
    </span>
  );
}

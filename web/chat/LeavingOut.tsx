import { useActions, useAppState } from "../state/AppContext.js";
import { messages } from "../ui/messages.js";
import styles from "./LeavingOut.module.css";

/** Says with a message that is being written what becomes of the ones that no longer fit, and takes that back. */
export function LeavingOut() {
  const overflow = useAppState((state) => state.chat.overflow);
  const { askOnOverflow } = useActions();
  const words = messages.overflow;
  return (
    <p className={styles.line}>
      <span>{overflow === "summarise" ? words.summarisingOldest : words.droppingOldest}</span>
      <button type="button" className={styles.takeBack} onClick={askOnOverflow}>
        {words.askAgain}
      </button>
    </p>
  );
}

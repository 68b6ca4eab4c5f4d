import { useActions, useAppState } from "../state/AppContext.js";
import { looksInside } from "../state/lookInside.js";
import { announce } from "../ui/announce.js";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";
import styles from "./LookInsideToggle.module.css";

/** Whether this chat's replies show how probable each token was. */
export function LookInsideToggle() {
  const on = useAppState((state) => looksInside(state, state.chat.conversationId));
  const { toggleLookInside } = useActions();
  const words = messages.inside;
  return (
    <IconButton
      icon="eye"
      label={words.toggle}
      title={words.tip}
      aria-pressed={on}
      className={on ? styles.on : ""}
      onClick={() => {
        toggleLookInside();
        announce(on ? words.turnedOff : words.turnedOn);
      }}
    />
  );
}

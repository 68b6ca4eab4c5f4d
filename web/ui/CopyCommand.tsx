import { CopyButton } from "./CopyButton.js";
import styles from "./CopyCommand.module.css";
import { messages } from "./messages.js";

/** A command for the terminal with a button that copies it. */
export function CopyCommand({ command }: { command: string }) {
  return (
    <span className={styles.command}>
      <code>{command}</code>
      <CopyButton label={messages.empty.copyCommand} text={() => command} />
    </span>
  );
}

import type { ReactNode } from "react";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";
import styles from "./SettingsPanel.module.css";

interface Props {
  label: string;
  /** Of the field that the label names. */
  fieldId: string;
  help: string;
  helpId: string;
  /** The scope has a value of its own here. */
  changed: boolean;
  onReset: () => void;
  /** Stands at the label's side. */
  beside?: ReactNode;
  children?: ReactNode;
}

/** One parameter: its name, a dot and a way back when it was changed, what sets it, and what it does. */
export function Row({ label, fieldId, help, helpId, changed, onReset, beside, children }: Props) {
  const words = messages.settings;
  return (
    <div className={styles.row}>
      <div className={styles.rowHead}>
        <label htmlFor={fieldId} className={styles.label}>
          {label}
        </label>
        {changed ? (
          <>
            <span className={styles.dot} role="img" aria-label={words.changed} title={words.changed} />
            <IconButton
              icon="undo"
              iconSize={14}
              className={styles.reset ?? ""}
              label={words.reset(label)}
              onClick={() => {
                onReset();
                // The button goes with what it took back.
                document.getElementById(fieldId)?.focus();
              }}
            />
          </>
        ) : null}
        {beside ? <span className={styles.beside}>{beside}</span> : null}
      </div>
      {children}
      <p id={helpId} className={styles.help}>
        {help}
      </p>
    </div>
  );
}

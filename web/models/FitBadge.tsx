import type { Fit } from "../../server/protocol/install.js";
import { messages } from "../ui/messages.js";
import styles from "./FitBadge.module.css";
import { fitReason } from "./fitReason.js";

/** Whether a model fits into this machine: a word with a mark of its own, never a colour alone. */
export function FitBadge({ fit }: { fit: Fit }) {
  return (
    <span className={[styles.badge, styles[fit.fit]].join(" ")} title={fitReason(fit)}>
      <span className={styles.mark} aria-hidden="true" />
      {messages.install.fit[fit.fit]}
    </span>
  );
}

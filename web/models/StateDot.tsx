import type { ModelState } from "../../server/protocol/model.js";
import { messages } from "../ui/messages.js";
import styles from "./ModelPicker.module.css";

/** A model's state: a dot of one colour and shape, with its words or with them for screen readers only. */
export function StateDot({ status, words = false }: { status: ModelState; words?: boolean }) {
  const text =
    status.state === "loading" ? messages.models.state.loading(status.progress) : messages.models.state[status.state];
  return (
    <span className={styles.state} title={text}>
      <span className={[styles.dot, styles[status.state]].join(" ")} aria-hidden="true" />
      <span className={words || status.state === "loading" ? "" : "visuallyHidden"}>{text}</span>
    </span>
  );
}

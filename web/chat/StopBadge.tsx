import type { StopReason } from "../../server/protocol/generation.js";
import { messages } from "../ui/messages.js";
import styles from "./StopBadge.module.css";

const words: Partial<Record<StopReason, keyof typeof messages.message>> = {
  stopped: "stoppedBadge",
  error: "failedBadge",
  context: "contextBadge",
  length: "lengthBadge",
};

/** Marks a reply that did not come to its own end. */
export function StopBadge({ stopReason }: { stopReason: StopReason | undefined }) {
  const key = stopReason && words[stopReason];
  const text = key && messages.message[key];
  if (typeof text !== "string") return null;
  return <span className={[styles.badge, stopReason === "error" ? styles.bad : ""].join(" ")}>{text}</span>;
}

import type { Phase } from "../../server/protocol/generation.js";
import { messages } from "../ui/messages.js";
import styles from "./PhaseLine.module.css";

/** What a reply is waiting for, in words, with a bar where the end can be seen coming. */
export function PhaseLine({ phase }: { phase: Phase | undefined }) {
  const fraction = fractionOf(phase);
  return (
    <p className={styles.line}>
      <span className={styles.dot} aria-hidden="true" />
      <span className={styles.words}>{wordsFor(phase)}</span>
      {fraction === undefined ? null : (
        <span className={styles.track} aria-hidden="true">
          <span className={styles.bar} style={{ inlineSize: `${fraction * 100}%` }} />
        </span>
      )}
    </p>
  );
}

function wordsFor(phase: Phase | undefined): string {
  switch (phase?.phase) {
    case "queued":
      return messages.phase.queued(phase.position);
    case "loading":
      return messages.phase.loading(phase.progress);
    case "summarising":
      return messages.phase.summarising(phase.tokenCount);
    case "reading":
      return messages.phase.reading(phase.evaluatedTokens, phase.promptTokens);
    case "answering":
      return messages.phase.answering;
    case undefined:
      return messages.phase.starting;
  }
}

function fractionOf(phase: Phase | undefined): number | undefined {
  if (phase?.phase === "loading") return Math.min(1, Math.max(0, phase.progress));
  if (phase?.phase === "reading" && phase.promptTokens > 0) {
    return Math.min(1, phase.evaluatedTokens / phase.promptTokens);
  }
  return undefined;
}

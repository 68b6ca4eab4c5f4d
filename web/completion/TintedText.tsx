import type { ReactNode } from "react";
import styles from "./CompletionPage.module.css";
import type { CompletionText } from "./reduceCompletion.js";

/** The editor's text once more behind it, letter on letter: it carries the tint of what the model wrote, and gives the height. */
export function TintedText({ text, generated }: CompletionText) {
  const parts: ReactNode[] = [];
  let position = 0;
  for (const { start, end } of generated) {
    parts.push(text.slice(position, start));
    parts.push(
      <mark key={start} className={styles.generated}>
        {text.slice(start, end)}
      </mark>,
    );
    position = end;
  }
  parts.push(text.slice(position));
  return (
    <div className={styles.tint} aria-hidden="true">
      {parts}
      {/* A line that has just begun has no height otherwise. */}
      {"\u200b"}
    </div>
  );
}

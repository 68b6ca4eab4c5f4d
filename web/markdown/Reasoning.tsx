import { useEffect, useRef, useState } from "react";
import { Icon } from "../ui/Icon.js";
import { messages } from "../ui/messages.js";
import { Markdown } from "./Markdown.js";
import styles from "./Reasoning.module.css";

interface Props {
  text: string;
  /** It goes on. */
  thinking: boolean;
}

/** What a model thought before it answered: its last lines while it thinks, folded away afterwards. */
export function Reasoning({ text, thinking }: Props) {
  const [open, setOpen] = useState(false);
  const durationMs = useThinkingTime(thinking);
  const view = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the newest line is the one to see.
  useEffect(() => {
    if (thinking && !open && view.current) view.current.scrollTop = view.current.scrollHeight;
  }, [text, thinking, open]);
  const words = messages.reasoning;
  const label = thinking ? words.thinking : durationMs === undefined ? words.thought : words.thoughtFor(durationMs);
  return (
    <div className={styles.reasoning}>
      <button type="button" className={styles.head} aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className={open ? styles.turned : ""}>
          <Icon name="chevronRight" size={14} />
        </span>
        {label}
      </button>
      {open || thinking ? (
        <div ref={view} className={[styles.text, open ? "" : styles.glimpse].join(" ")}>
          <Markdown text={text} streaming={thinking} />
        </div>
      ) : null}
    </div>
  );
}

/** How long the thinking took, if this page has seen all of it. */
function useThinkingTime(thinking: boolean): number | undefined {
  const startedMs = useRef<number | undefined>(undefined);
  const [durationMs, setDurationMs] = useState<number | undefined>();
  useEffect(() => {
    if (thinking) startedMs.current ??= performance.now();
    else if (startedMs.current !== undefined) {
      setDurationMs(performance.now() - startedMs.current);
      startedMs.current = undefined;
    }
  }, [thinking]);
  return durationMs;
}

import { useEffect, useRef, useState } from "react";
import styles from "./AskFirst.module.css";
import { Button } from "./Button.js";
import type { IconName } from "./Icon.js";
import { messages } from "./messages.js";
import { useEscape } from "./useEscape.js";

interface Props {
  text: string;
  /** The whole name, for a screen reader: `Remove LLaMA 7B`. */
  label: string;
  icon?: IconName;
  question: string;
  yes: string;
  onYes: () => void;
}

/** A button for what cannot be undone: it asks in its own place before it does it. */
export function AskFirst({ text, label, icon, question, yes, onYes }: Props) {
  const [asking, setAsking] = useState(false);
  const group = useRef<HTMLFieldSetElement>(null);
  const button = useRef<HTMLSpanElement>(null);
  const wasAsking = useRef(false);
  useEscape(asking, () => {
    setAsking(false);
    return true;
  });
  useEffect(() => {
    if (asking) group.current?.querySelector<HTMLElement>("button:last-of-type")?.focus();
    else if (wasAsking.current) button.current?.querySelector("button")?.focus();
    wasAsking.current = asking;
  }, [asking]);

  if (!asking)
    return (
      <span ref={button} className={styles.button}>
        <Button {...(icon ? { icon } : {})} aria-label={label} onClick={() => setAsking(true)}>
          {text}
        </Button>
      </span>
    );
  return (
    <fieldset ref={group} className={styles.group} aria-label={question}>
      <span className={styles.question}>{question}</span>
      <Button
        look="accent"
        onClick={() => {
          setAsking(false);
          onYes();
        }}
      >
        {yes}
      </Button>
      <Button onClick={() => setAsking(false)}>{messages.install.keep}</Button>
    </fieldset>
  );
}

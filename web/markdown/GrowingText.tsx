import { useLayoutEffect, useRef } from "react";
import styles from "./Markdown.module.css";

/** A text that grows at its end without disturbing a selection in it. `last` puts the caret after it. */
export function GrowingText({ text, last }: { text: string; last: boolean }) {
  const span = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const element = span.current;
    if (!element) return;
    const node = element.firstChild;
    if (!(node instanceof Text)) element.append(text);
    else if (text.startsWith(node.data)) {
      if (text.length > node.data.length) node.appendData(text.slice(node.data.length));
    } else node.data = text;
  }, [text]);
  return <span ref={span} className={last ? styles.last : undefined} />;
}

import { isValidElement, type ReactNode, useRef, useState } from "react";
import { CopyButton } from "../ui/CopyButton.js";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";
import styles from "./CodeBlock.module.css";

/** A block of code with its language, copy and wrapping. Long lines scroll inside it. */
export function CodeBlock({ children }: { children: ReactNode }) {
  const [wraps, setWraps] = useState(false);
  const code = useRef<HTMLPreElement>(null);
  const language = languageOf(children) ?? messages.markdown.plainText;
  return (
    <figure className={styles.block} aria-label={messages.markdown.codeLabel(language)}>
      <figcaption className={styles.head}>
        <span className={styles.language}>{language}</span>
        <IconButton
          icon="wrap"
          iconSize={16}
          label={messages.markdown.wrapLines}
          aria-pressed={wraps}
          className={styles.button}
          onClick={() => setWraps(!wraps)}
        />
        <CopyButton
          label={messages.markdown.copyCode}
          className={styles.button}
          text={() => (code.current?.textContent ?? "").replace(/\n$/, "")}
        />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <pre ref={code} className={[styles.code, wraps ? styles.wraps : ""].join(" ")} tabIndex={0}>
        {children}
      </pre>
    </figure>
  );
}

/** Markdown gives `language-xyz` as the class of the code; what is not a plain word is not shown. */
function languageOf(children: ReactNode): string | undefined {
  if (!isValidElement<{ className?: string }>(children)) return undefined;
  return /(?:^|\s)language-([\w+#.-]{1,24})(?:\s|$)/.exec(children.props.className ?? "")?.[1];
}

import { isValidElement, type ReactNode, use, useRef, useState } from "react";
import { CopyButton } from "../ui/CopyButton.js";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";
import { BlockContext } from "./BlockContext.js";
import styles from "./CodeBlock.module.css";
import { languageOf } from "./languageOf.js";

const foldFromLines = 41;

/** A block of code with its language, copy and wrapping. Long lines scroll inside it; many lines are folded. */
export function CodeBlock({ lineCount, children }: { lineCount: number; children: ReactNode }) {
  const { live } = use(BlockContext);
  const [wraps, setWraps] = useState(false);
  // What the reader has watched growing does not shrink when it is finished.
  const [folded, setFolded] = useState(!live);
  const foldable = lineCount >= foldFromLines;
  const code = useRef<HTMLPreElement>(null);
  const className = isValidElement<{ className?: string }>(children) ? children.props.className : undefined;
  const language = languageOf(className) ?? messages.markdown.plainText;
  return (
    <figure className={styles.block} dir="ltr" aria-label={messages.markdown.codeLabel(language)}>
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
      <pre
        ref={code}
        className={[styles.code, wraps ? styles.wraps : "", foldable && folded ? styles.folded : ""].join(" ")}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
        tabIndex={0}
      >
        {children}
      </pre>
      {foldable ? (
        <button type="button" className={styles.fold} aria-expanded={!folded} onClick={() => setFolded(!folded)}>
          {folded ? messages.codeFold.showAll(lineCount) : messages.codeFold.showLess}
        </button>
      ) : null}
    </figure>
  );
}

import { memo } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import remend from "remend";
import { messages } from "../ui/messages.js";
import { CodeBlock } from "./CodeBlock.js";
import { GrowingText } from "./GrowingText.js";
import { isTooDeep } from "./isTooDeep.js";
import styles from "./Markdown.module.css";
import { markGrowingText } from "./markGrowingText.js";
import { RemoteImage } from "./RemoteImage.js";
import { safeUrl } from "./safeUrl.js";

interface Props {
  text: string;
  /** The block at the end of a text that is still being written. */
  open: boolean;
  /** Was written before the reader's eyes; its texts are drawn so that they can be selected meanwhile. */
  live: boolean;
}

const remarkPlugins = [remarkGfm];
const livePlugins = [markGrowingText];
const noPlugins: [] = [];

const components: Components = {
  a({ href, children }) {
    const url = safeUrl(href);
    if (!url) return <span>{children}</span>;
    return (
      <a href={url.href} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
    );
  },
  img: ({ src, alt }) => <RemoteImage src={typeof src === "string" ? src : ""} alt={alt ?? ""} />,
  pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section className={styles.tableScroll} aria-label={messages.markdown.tableLabel} tabIndex={0}>
      <table>{children}</table>
    </section>
  ),
  input: ({ checked }) => <input type="checkbox" checked={checked === true} readOnly disabled />,
  span({ node }) {
    const child = node?.children[0];
    const text = child?.type === "text" ? child.value : "";
    return <GrowingText text={text} last={node?.properties.dataLast === true} />;
  },
};

/** One block of Markdown. Memoised: a finished block is never parsed again. */
export const MarkdownBlock = memo(function MarkdownBlock({ text, open, live }: Props) {
  if (isTooDeep(text)) return <p className={styles.plain}>{text}</p>;
  return (
    <div className={[styles.block, open ? styles.open : ""].join(" ")}>
      <ReactMarkdown
        remarkPlugins={remarkPlugins}
        rehypePlugins={live ? livePlugins : noPlugins}
        components={components}
        // Raw HTML is shown as the text it is.
        skipHtml={false}
        urlTransform={(address) => (safeUrl(address) ? address : "")}
      >
        {open ? remend(text, { linkMode: "text-only", katex: false }) : text}
      </ReactMarkdown>
    </div>
  );
});

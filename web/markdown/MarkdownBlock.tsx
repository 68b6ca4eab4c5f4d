import { memo, useMemo } from "react";
import ReactMarkdown, { type Components, type Options } from "react-markdown";
import remarkBreaks from "remark-breaks";
import remarkGfm from "remark-gfm";
import remend from "remend";
import { messages } from "../ui/messages.js";
import { BlockContext } from "./BlockContext.js";
import { CodeBlock } from "./CodeBlock.js";
import { CodeText } from "./CodeText.js";
import { GrowingText } from "./GrowingText.js";
import { isTooDeep } from "./isTooDeep.js";
import styles from "./Markdown.module.css";
import { markGrowingText } from "./markGrowingText.js";
import { mayHoldMath, normalizeMath } from "./normalizeMath.js";
import { onDemand } from "./onDemand.js";
import { RemoteImage } from "./RemoteImage.js";
import { safeUrl } from "./safeUrl.js";
import { countLines, textOf } from "./textOf.js";

interface Props {
  text: string;
  /** The block at the end of a text that is still being written. */
  open: boolean;
  /** Was written before the reader's eyes; its texts are drawn so that they can be selected meanwhile. */
  live: boolean;
}

const remarkPlugins = [remarkGfm, remarkBreaks];
const useMath = onDemand(() => import("./mathParts.js").then((module) => module.mathParts));
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
  pre: ({ node, children }) => <CodeBlock lineCount={node ? countLines(textOf(node)) : 1}>{children}</CodeBlock>,
  code: ({ node, className, children }) => (
    <CodeText className={className} text={node ? textOf(node) : ""}>
      {children}
    </CodeText>
  ),
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section className={styles.tableScroll} aria-label={messages.markdown.tableLabel} tabIndex={0}>
      <table>{children}</table>
    </section>
  ),
  ol: ({ node, ...rest }) => {
    const items = node?.children.filter((child) => child.type === "element").length ?? 1;
    const digits = String((rest.start ?? 1) + items - 1).length;
    // The room that the style leaves is that of two digits: a year would be cut off at the edge of a phone.
    return <ol {...rest} {...(digits > 2 ? { style: { paddingInlineStart: `calc(${digits}ch + 1em)` } } : {})} />;
  },
  input: ({ checked }) => <input type="checkbox" checked={checked === true} readOnly disabled />,
  span({ node }) {
    const child = node?.children[0];
    const text = child?.type === "text" ? child.value : "";
    return <GrowingText text={text} last={node?.properties.dataLast === true} />;
  },
};

/** One block of Markdown. Memoised: a finished block is never parsed again. */
export const MarkdownBlock = memo(function MarkdownBlock({ text, open, live }: Props) {
  const tooDeep = useMemo(() => isTooDeep(text), [text]);
  const formulas = useMemo(() => !tooDeep && mayHoldMath(text), [tooDeep, text]);
  const math = useMath(formulas);
  const plugins: Options["remarkPlugins"] = useMemo(
    () => (math ? [...remarkPlugins, [math.remarkPlugin, { singleDollarTextMath: false }]] : remarkPlugins),
    [math],
  );
  const state = useMemo(() => ({ open, live, math }), [open, live, math]);
  if (tooDeep)
    return (
      <p className={styles.plain} dir="auto">
        {text}
      </p>
    );
  const source = math ? normalizeMath(text) : text;
  return (
    // Arabic or Hebrew reads from the right, whatever the page's language is.
    <div className={[styles.block, open ? styles.open : ""].join(" ")} dir="auto">
      <BlockContext value={state}>
        <ReactMarkdown
          remarkPlugins={plugins}
          rehypePlugins={live ? livePlugins : noPlugins}
          components={components}
          // Raw HTML is shown as the text it is.
          skipHtml={false}
          urlTransform={(address) => (safeUrl(address) ? address : "")}
        >
          {open ? remend(source, { linkMode: "text-only", katex: false }) : source}
        </ReactMarkdown>
      </BlockContext>
    </div>
  );
});

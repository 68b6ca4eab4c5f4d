import { useMemo } from "react";
import styles from "./CodeParts.module.css";
import { onDemand } from "./onDemand.js";

/** A stretch of code and what the highlighter calls it. */
export interface CodePart {
  text: string;
  kind: string | undefined;
}

const longestCode = 60_000;
const useHighlighter = onDemand(() => import("./highlightCode.js").then((module) => module.highlightCode));

/** The highlighter's many names, in the few colours of the page. */
const looks: Record<string, string | undefined> = {
  keyword: styles.keyword,
  literal: styles.keyword,
  "selector-tag": styles.keyword,
  name: styles.keyword,
  section: styles.keyword,
  string: styles.string,
  regexp: styles.string,
  addition: styles.string,
  symbol: styles.string,
  link: styles.string,
  number: styles.number,
  attr: styles.number,
  attribute: styles.number,
  variable: styles.number,
  "template-variable": styles.number,
  comment: styles.comment,
  quote: styles.comment,
  meta: styles.comment,
  title: styles.title,
  type: styles.title,
  built_in: styles.title,
  "selector-class": styles.title,
  "selector-id": styles.title,
  deletion: styles.deletion,
};

/** Finished code in its colours, as elements; until the highlighter is there, and in languages it does not know, as plain text. */
export function CodeParts({ language, text }: { language: string; text: string }) {
  const highlight = useHighlighter(text.length <= longestCode);
  const parts = useMemo(() => highlight?.(language, text), [highlight, language, text]);
  if (!parts) return text;
  // The parts of a text never change places: where one begins is its name.
  let start = 0;
  return parts.map(({ text: part, kind }) => {
    const key = start;
    start += part.length;
    const look = kind === undefined ? undefined : looks[kind];
    return look ? (
      <span key={key} className={look}>
        {part}
      </span>
    ) : (
      part
    );
  });
}

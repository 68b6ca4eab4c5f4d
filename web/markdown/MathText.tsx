import { useLayoutEffect, useRef } from "react";
import styles from "./Markdown.module.css";
import type { mathParts } from "./mathParts.js";
import { displayMark } from "./normalizeMath.js";

const longestTex = 4000;

/** A formula. What KaTeX cannot read is shown as it was written. */
export function MathText({ tex, parts }: { tex: string; parts: typeof mathParts }) {
  const element = useRef<HTMLSpanElement>(null);
  const display = tex.startsWith(displayMark);
  const formula = display ? tex.slice(displayMark.length) : tex;
  useLayoutEffect(() => {
    const place = element.current;
    if (!place) return;
    try {
      if (formula.length <= longestTex) return parts.draw(formula, place, display);
    } catch {
      // Not TeX, or deeper than the stack: the text says it too.
    }
    place.textContent = formula;
  }, [formula, display, parts]);
  return <span ref={element} className={display ? styles.formula : undefined} />;
}

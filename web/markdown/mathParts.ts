import katex from "katex";
import remarkMath from "remark-math";
import "katex/dist/katex.min.css";

/** What formulas need; fetched with the first one. */
export const mathParts = {
  remarkPlugin: remarkMath,
  /** Draws TeX into an element, as nodes, with nothing that could load or link anything. */
  draw(tex: string, element: HTMLElement, displayMode: boolean): void {
    katex.render(tex, element, {
      displayMode,
      throwOnError: false,
      strict: false,
      trust: false,
      maxExpand: 500,
      maxSize: 40,
      errorColor: "currentColor",
    });
  },
};

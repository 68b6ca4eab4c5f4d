import katex from "katex";
import remarkMath from "remark-math";
import "katex/dist/katex.min.css";

/** What formulas need; fetched with the first one. */
export const mathParts = {
  remarkPlugin: remarkMath,
  /**
   * Draws TeX into an element, as nodes, with nothing that could load or link anything. A command that KaTeX does not know is drawn as
   * it is written. Throws what else KaTeX cannot read: its own way to show that needs a style that the page's content policy refuses.
   */
  draw(tex: string, element: HTMLElement, displayMode: boolean): void {
    const options = {
      displayMode,
      strict: false,
      trust: false,
      maxExpand: 500,
      maxSize: 40,
      errorColor: "currentColor",
    };
    try {
      katex.render(tex, element, { ...options, throwOnError: true });
    } catch (error) {
      if (!(error instanceof katex.ParseError && /Undefined control sequence/.test(error.message))) throw error;
      katex.render(tex, element, { ...options, throwOnError: false });
    }
  },
};

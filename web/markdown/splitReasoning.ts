/** A model's text, in what it thought before it answered and the answer. */
export interface SplitText {
  /** Undefined: it did not think aloud. */
  reasoning: string | undefined;
  /** The end of thinking has not come yet. */
  thinking: boolean;
  answer: string;
}

const opening = /^\s*<think(?:ing)?>\n?/;
const closing = /<\/think(?:ing)?>\s*/;
/** The beginning of a mark that may still become one: it is not shown meanwhile. */
const unfinished = /^\s*<(?:t(?:h(?:i(?:n(?:k(?:i(?:n(?:g)?)?)?)?)?)?)?)?$/;
const unfinishedEnd = /<(?:\/(?:t(?:h(?:i(?:n(?:k(?:i(?:n(?:g)?)?)?)?)?)?)?)?)?$/;

/** Takes what stands in `<think>…</think>` at the beginning of a reply apart from the answer. */
export function splitReasoning(text: string, streaming: boolean): SplitText {
  const start = opening.exec(text);
  if (!start) {
    const waits = streaming && text !== "" && unfinished.test(text);
    return { reasoning: undefined, thinking: false, answer: waits ? "" : text };
  }
  const rest = text.slice(start[0].length);
  const end = closing.exec(rest);
  if (end) {
    const reasoning = rest.slice(0, end.index).trim();
    return {
      reasoning: reasoning === "" ? undefined : reasoning,
      thinking: false,
      answer: rest.slice(end.index + end[0].length),
    };
  }
  return { reasoning: (streaming ? rest.replace(unfinishedEnd, "") : rest).trim(), thinking: streaming, answer: "" };
}

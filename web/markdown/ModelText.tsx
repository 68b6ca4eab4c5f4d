import { Markdown } from "./Markdown.js";
import { Reasoning } from "./Reasoning.js";
import { splitReasoning } from "./splitReasoning.js";

/** What a model wrote: its thoughts, folded, and its answer. */
export function ModelText({ text, streaming }: { text: string; streaming: boolean }) {
  const { reasoning, thinking, answer } = splitReasoning(text, streaming);
  return (
    <>
      {reasoning === undefined ? null : <Reasoning text={reasoning} thinking={thinking} />}
      {answer === "" ? null : <Markdown text={answer} streaming={streaming} />}
    </>
  );
}

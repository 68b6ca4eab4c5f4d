import { type ReactNode, use } from "react";
import { BlockContext } from "./BlockContext.js";
import { CodeParts } from "./CodeParts.js";
import { languageOf } from "./languageOf.js";
import { MathText } from "./MathText.js";

interface Props {
  className: string | undefined;
  text: string;
  children: ReactNode;
}

/** Code within a line or a block, and formulas, which come as code of a kind of their own. */
export function CodeText({ className, text, children }: Props) {
  const { open, math } = use(BlockContext);
  if (math && /\bmath-/.test(className ?? "")) return <MathText tex={text} parts={math} />;
  const language = languageOf(className);
  // Only finished code is coloured: colours that come and go while it is written would be no help.
  const coloured = language !== undefined && !open;
  return <code className={className}>{coloured ? <CodeParts language={language} text={text} /> : children}</code>;
}

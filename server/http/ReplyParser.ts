import type { ParsedPiece, ToolCallParser } from "../prompts/ToolCallParser.js";
import type { ToolPlan } from "./planTools.js";

/** Parts a reply into text and calls; without tools all of it is text. */
export class ReplyParser {
  readonly #parser: ToolCallParser | undefined;
  readonly #single: boolean;
  #calls = 0;

  constructor(plan: ToolPlan | undefined) {
    this.#parser = plan?.parser();
    this.#single = plan?.single ?? false;
  }

  /** Calls that were found so far. */
  get calls(): number {
    return this.#calls;
  }

  push(text: string): ParsedPiece {
    return this.#count(this.#parser?.push(text) ?? { content: text, calls: [] });
  }

  flush(): ParsedPiece {
    return this.#count(this.#parser?.flush() ?? { content: "", calls: [] });
  }

  #count({ content, calls }: ParsedPiece): ParsedPiece {
    const wanted = this.#single ? calls.slice(0, Math.max(0, 1 - this.#calls)) : calls;
    this.#calls += wanted.length;
    return { content, calls: wanted };
  }
}

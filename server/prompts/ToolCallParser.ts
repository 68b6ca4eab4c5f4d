import { type ToolFormat, toolCallTags } from "./toolFormat.js";

/** A call as it was written; whoever reports it gives it an id. */
export interface WrittenCall {
  name: string;
  /** JSON as a text. */
  arguments: string;
}

export interface ParsedPiece {
  /** Text for the reader. */
  content: string;
  calls: WrittenCall[];
}

/**
 * Finds the calls in a reply that arrives in pieces. What may still become a call is held back; what does not become one (broken
 * JSON, a function that does not exist) is given out as the text it is.
 */
export class ToolCallParser {
  readonly #format: ToolFormat;
  readonly #names: ReadonlySet<string>;
  #held = "";
  /** `bare`: nothing but blanks has come so far, a call is coming, or this is plain text. */
  #bare: "undecided" | "call" | "text" = "undecided";
  #calls = 0;

  constructor(format: ToolFormat, names: Iterable<string>) {
    this.#format = format;
    this.#names = new Set(names);
  }

  push(piece: string): ParsedPiece {
    this.#held += piece;
    return this.#format.style === "tagged" ? this.#tagged() : this.#pushBare();
  }

  /** What is left when the reply has ended. */
  flush(): ParsedPiece {
    const rest = this.#held;
    this.#held = "";
    if (this.#format.style === "bare") {
      const calls = this.#bare === "call" ? this.#readAll(rest) : undefined;
      return calls === undefined ? { content: rest, calls: [] } : { content: "", calls };
    }
    // A call whose closing tag a limit cut off counts when its JSON is whole.
    const open = rest.indexOf(toolCallTags.open);
    const call = open < 0 ? undefined : this.#read(parse(rest.slice(open + toolCallTags.open.length)));
    if (call !== undefined) return { content: this.#between(rest.slice(0, open)), calls: [call] };
    return { content: this.#between(rest), calls: [] };
  }

  #tagged(): ParsedPiece {
    const parsed: ParsedPiece = { content: "", calls: [] };
    for (;;) {
      const open = this.#held.indexOf(toolCallTags.open);
      if (open < 0) {
        const safe = this.#held.length - partialLength(this.#held, toolCallTags.open);
        // Blanks may belong to a call that follows.
        const shown = this.#held.slice(0, safe).trimEnd();
        parsed.content += this.#between(shown);
        this.#held = this.#held.slice(shown.length);
        return parsed;
      }
      const close = this.#held.indexOf(toolCallTags.close, open);
      if (close < 0) {
        parsed.content += this.#between(this.#held.slice(0, open).trimEnd());
        this.#held = this.#held.slice(open);
        return parsed;
      }
      const end = close + toolCallTags.close.length;
      const call = this.#read(parse(this.#held.slice(open + toolCallTags.open.length, close)));
      if (call === undefined) parsed.content += this.#held.slice(0, end);
      else {
        parsed.content += this.#between(this.#held.slice(0, open).trimEnd());
        parsed.calls.push(call);
        this.#calls++;
      }
      this.#held = this.#held.slice(end);
    }
  }

  /** Blanks between and after calls say nothing. */
  #between(text: string): string {
    return this.#calls > 0 && text.trim() === "" ? "" : text;
  }

  #pushBare(): ParsedPiece {
    if (this.#bare === "undecided") {
      const start = this.#held.trimStart();
      if (start === "") return { content: "", calls: [] };
      this.#bare = start.startsWith("{") || start.startsWith("[") ? "call" : "text";
    }
    if (this.#bare === "call") return { content: "", calls: [] };
    const content = this.#held;
    this.#held = "";
    return { content, calls: [] };
  }

  /** One call, a list of calls, or several one after the other with `;` or blanks between. */
  #readAll(text: string): WrittenCall[] | undefined {
    const whole = parse(text);
    const values =
      whole === undefined ? text.split(/;|(?<=\})\s*(?=\{)/).map(parse) : Array.isArray(whole) ? whole : [whole];
    const calls = values.map((value) => this.#read(value));
    return calls.length > 0 && calls.every((call) => call !== undefined) ? calls : undefined;
  }

  #read(value: unknown): WrittenCall | undefined {
    if (typeof value !== "object" || value === null) return undefined;
    const { name, arguments: given, parameters } = value as { [key: string]: unknown };
    if (typeof name !== "string" || !this.#names.has(name)) return undefined;
    const values = given ?? parameters ?? {};
    // Some models write the arguments as a text of JSON.
    const object = typeof values === "string" ? parse(values) : values;
    if (typeof object !== "object" || object === null) return undefined;
    return { name, arguments: JSON.stringify(object) };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Length of the text's end that may be the beginning of `tag`. */
function partialLength(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--)
    if (text.endsWith(tag.slice(0, length))) return length;
  return 0;
}

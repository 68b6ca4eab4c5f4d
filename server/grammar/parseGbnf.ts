import {
  type CodePointRange,
  codePoint,
  type Expression,
  type Grammar,
  maxRepetition,
  rootRule,
  sequence,
} from "./Grammar.js";
import { grammarError } from "./grammarError.js";

/** Brackets in brackets, at most. */
const maxDepth = 200;

/**
 * Reads a grammar in GBNF, as strictly as the engine does, so that an error names its line and never reaches the engine.
 * Throws `bad_request`. Source: llama.cpp src/llama-grammar.cpp (llama_grammar_parser) and grammars/README.md.
 */
export function parseGbnf(source: string): Grammar {
  return new GbnfParser(source).parse();
}

const simpleEscapes: { [character: string]: string } = { t: "\t", r: "\r", n: "\n" };
const hexEscapes: { [character: string]: number } = { x: 2, u: 4, U: 8 };

class GbnfParser {
  readonly #source: string;
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): Grammar {
    const rules = new Map<string, Expression>();
    this.#space(true);
    while (this.#at < this.#source.length) {
      const name = this.#match(/[a-zA-Z0-9-]+/y) ?? this.#fail("expected the name of a rule");
      this.#space(false);
      if (this.#match(/::=/y) === undefined) this.#fail('expected "::="');
      this.#space(true);
      rules.set(name, this.#alternatives(false));
      if (this.#at < this.#source.length && this.#match(/\r\n?|\n/y) === undefined)
        this.#fail("expected the end of the rule");
      this.#space(true);
    }
    if (!rules.has(rootRule))
      throw grammarError("grammar", 'The grammar has no rule "root".', "A text begins with the rule root.");
    return rules;
  }

  #alternatives(nested: boolean): Expression {
    const options = [this.#sequence(nested)];
    while (this.#match(/\|/y) !== undefined) {
      this.#space(true);
      options.push(this.#sequence(nested));
    }
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { kind: "choice", options };
  }

  #sequence(nested: boolean): Expression {
    const items: Expression[] = [];
    for (;;) {
      const count = this.#count(nested);
      if (count !== undefined) {
        const item = items.pop() ?? this.#fail("there is nothing before it to repeat");
        items.push({ kind: "repeat", item, ...count });
        continue;
      }
      const symbol = this.#symbol();
      if (symbol === undefined) return sequence(...items);
      items.push(symbol);
      this.#space(nested);
    }
  }

  #symbol(): Expression | undefined {
    switch (this.#source[this.#at]) {
      case '"':
        return this.#text();
      case "[":
        return this.#set();
      case "(":
        return this.#group();
      case ".":
        this.#at++;
        return { kind: "set", negated: true, ranges: [] };
      case "<":
      case "!":
        return this.#fail("tokens such as <think> cannot be named in a grammar here; write their text in quotes");
      default: {
        const name = this.#match(/[a-zA-Z0-9-]+/y);
        return name === undefined ? undefined : { kind: "rule", name };
      }
    }
  }

  #text(): Expression {
    this.#at++;
    let text = "";
    while (this.#source[this.#at] !== '"') text += this.#character("the text");
    this.#at++;
    return { kind: "text", text };
  }

  #set(): Expression {
    this.#at++;
    const negated = this.#match(/\^/y) !== undefined;
    const ranges: CodePointRange[] = [];
    while (this.#source[this.#at] !== "]") {
      const from = codePoint(this.#character("the set"));
      const isRange = this.#source[this.#at] === "-" && this.#source[this.#at + 1] !== "]";
      if (isRange) this.#at++;
      const to = isRange ? codePoint(this.#character("the set")) : from;
      if (to < from) this.#fail("the range ends before it begins");
      ranges.push([from, to]);
    }
    this.#at++;
    if (ranges.length === 0 && !negated) this.#fail("the set is empty");
    return { kind: "set", negated, ranges };
  }

  #group(): Expression {
    if (++this.#depth > maxDepth) this.#fail(`more than ${maxDepth} brackets are open`);
    this.#at++;
    this.#space(true);
    const body = this.#alternatives(true);
    if (this.#match(/\)/y) === undefined) this.#fail('expected ")"');
    this.#depth--;
    return body;
  }

  #count(nested: boolean): { min: number; max: number } | undefined {
    const sign = this.#match(/[*+?]/y);
    if (sign !== undefined) {
      this.#space(nested);
      return { min: sign === "+" ? 1 : 0, max: sign === "?" ? 1 : Number.POSITIVE_INFINITY };
    }
    if (this.#source[this.#at] !== "{") return undefined;
    const counted =
      this.#match(/\{\s*\d{1,9}\s*(?:,\s*(?:\d{1,9}\s*)?)?\}/y) ?? this.#fail("expected {n}, {n,} or {n,m}");
    const [, low = "", comma, high] = /(\d+)\s*(,)?\s*(\d+)?/.exec(counted) ?? [];
    const min = Number(low);
    const max = comma === undefined ? min : high === undefined ? Number.POSITIVE_INFINITY : Number(high);
    if (max < min) this.#fail("the higher count comes first");
    if (min > maxRepetition || (Number.isFinite(max) && max > maxRepetition))
      this.#fail(`the engine repeats at most ${maxRepetition} times`);
    this.#space(nested);
    return { min, max };
  }

  #character(where: string): string {
    const code = this.#source.codePointAt(this.#at) ?? this.#fail(`${where} does not end`);
    const character = String.fromCodePoint(code);
    this.#at += character.length;
    if (character !== "\\") return character;
    const escaped = this.#source[this.#at++] ?? this.#fail(`${where} does not end`);
    const digits = hexEscapes[escaped];
    if (digits !== undefined) {
      const hex = this.#source.slice(this.#at, this.#at + digits);
      const value = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : Number.NaN;
      if (!(value <= 0x10ffff)) this.#fail(`expected ${digits} hexadecimal digits`);
      this.#at += digits;
      return String.fromCodePoint(value);
    }
    const simple = simpleEscapes[escaped];
    if (simple !== undefined) return simple;
    if ('\\"[]-'.includes(escaped)) return escaped;
    return this.#fail(`"\\${escaped}" is no escape of GBNF's`);
  }

  /** Skips blanks and comments; `lines`: line ends too. */
  #space(lines: boolean): void {
    this.#match(lines ? /(?:[ \t\r\n]|#[^\r\n]*)*/y : /(?:[ \t]|#[^\r\n]*)*/y);
  }

  /** Takes what `pattern` (sticky) matches here. */
  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0];
    if (found === undefined) return undefined;
    this.#at += found.length;
    return found;
  }

  #fail(message: string): never {
    const before = this.#source.slice(0, this.#at).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    throw grammarError("grammar", `The grammar is wrong at line ${before.length}, column ${column}: ${message}.`);
  }
}

import { type CodePointRange, type Expression, type Grammar, rootRule } from "./Grammar.js";

/** The grammar in GBNF, llama.cpp's notation; `root` comes first. Source: llama.cpp grammars/README.md. */
export function printGbnf(grammar: Grammar): string {
  const names = [rootRule, ...[...grammar.keys()].filter((name) => name !== rootRule)];
  return names
    .map((name) => {
      const body = grammar.get(name);
      return body === undefined ? "" : `${name} ::= ${print(body, false)}\n`;
    })
    .join("");
}

/** `inner`: an item of something else, so that more than one symbol needs brackets. */
function print(expression: Expression, inner: boolean): string {
  switch (expression.kind) {
    case "text":
      return `"${[...expression.text].map((character) => escaped(character.codePointAt(0) ?? 0, '"\\')).join("")}"`;
    case "set":
      if (expression.negated && expression.ranges.length === 0) return ".";
      return `[${expression.negated ? "^" : ""}${expression.ranges.map(printRange).join("")}]`;
    case "rule":
      return expression.name;
    case "sequence":
      if (expression.items.length === 0) return '""';
      return bracket(expression.items.map((item) => print(item, item.kind !== "sequence")).join(" "), inner);
    case "choice":
      return bracket(expression.options.map((option) => print(option, option.kind === "choice")).join(" | "), inner);
    case "repeat":
      return printRepeated(expression.item) + count(expression.min, expression.max);
  }
}

/** A count binds to one symbol, and in a text of several characters to the whole text. */
function printRepeated(item: Expression): string {
  const printed = print(item, true);
  return item.kind === "repeat" ? `(${printed})` : printed;
}

function count(min: number, max: number): string {
  if (min === 0 && max === 1) return "?";
  if (!Number.isFinite(max)) return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

function bracket(printed: string, inner: boolean): string {
  return inner ? `(${printed})` : printed;
}

function printRange([from, to]: CodePointRange): string {
  const set = "[]\\-^";
  return from === to ? escaped(from, set) : `${escaped(from, set)}-${escaped(to, set)}`;
}

/** Everything that is not plain ASCII, or that `special` names, as an escape. */
function escaped(code: number, special: string): string {
  const character = String.fromCodePoint(code);
  if (code >= 0x20 && code < 0x7f && !special.includes(character)) return character;
  if (code <= 0xff) return `\\x${code.toString(16).toUpperCase().padStart(2, "0")}`;
  if (code <= 0xffff) return `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return `\\U${code.toString(16).toUpperCase().padStart(8, "0")}`;
}

import {
  type CodePointRange,
  choice,
  codePoint,
  type Expression,
  maxRepetition,
  oneOf,
  repeat,
  sequence,
  text,
} from "./Grammar.js";
import { jsonCharacter } from "./jsonRules.js";

/** A pattern that has no equivalent in a grammar; the message says what it is. */
export class UnsupportedPattern extends Error {}

/** Code points that stand in a JSON string as they are. */
const plain: readonly CodePointRange[] = [
  [0x20, 0x21],
  [0x23, 0x5b],
  [0x5d, 0x7e],
  [0x80, 0xd7ff],
  [0xe000, 0x10ffff],
];
/** Those that stand in it as an escape. Control characters without a short escape are left out: nobody means them. */
const escapes: readonly [character: string, written: string][] = [
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
];

const classes: { [letter: string]: readonly CodePointRange[] } = {
  d: [[0x30, 0x39]],
  w: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x5f, 0x5f],
    [0x61, 0x7a],
  ],
  s: [
    [0x09, 0x0d],
    [0x20, 0x20],
    [0xa0, 0xa0],
    [0x2028, 0x2029],
    [0x3000, 0x3000],
    [0xfeff, 0xfeff],
  ],
};
const controls: { [letter: string]: string } = { t: "\t", n: "\n", r: "\r", f: "\f", v: "\v", 0: "\0" };
const maxDepth = 100;

/**
 * The inside of a JSON string that a regular expression (ECMA-262, as JSON Schema has it) matches. It may match anywhere in the
 * string unless it is anchored. Throws {@link UnsupportedPattern} for look-arounds, back references and other things that a
 * grammar cannot say.
 */
export function patternToGrammar(pattern: string): Expression {
  return new PatternParser(pattern).parse();
}

class PatternParser {
  readonly #pattern: string;
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  parse(): Expression {
    try {
      new RegExp(this.#pattern, "u");
    } catch (error) {
      throw new UnsupportedPattern(error instanceof Error ? error.message : String(error));
    }
    const anything = repeat(jsonCharacter, 0, Number.POSITIVE_INFINITY);
    const options: Expression[] = [];
    // Anchors belong to an alternative: ^a|b$ is (^a.*)|(.*b$).
    do {
      const start = this.#take("^");
      const body = this.#sequence();
      const end = this.#take("$");
      options.push(sequence(...(start ? [] : [anything]), body, ...(end ? [] : [anything])));
    } while (this.#take("|"));
    if (this.#at < this.#pattern.length) throw new UnsupportedPattern(`"${this.#pattern[this.#at]}" in its middle`);
    return choice(...options);
  }

  #alternatives(): Expression {
    const options = [this.#sequence()];
    while (this.#take("|")) options.push(this.#sequence());
    return choice(...options);
  }

  #sequence(): Expression {
    const items: Expression[] = [];
    for (;;) {
      const character = this.#pattern[this.#at];
      if (character === undefined || "|)^$".includes(character)) return sequence(...items);
      items.push(this.#repeated(this.#atom()));
    }
  }

  #atom(): Expression {
    if (this.#take("(")) {
      if (this.#take("?") && !this.#take(":")) throw new UnsupportedPattern("a look-around or a named group");
      if (++this.#depth > maxDepth) throw new UnsupportedPattern("too many groups in groups");
      const body = this.#alternatives();
      if (!this.#take(")")) throw new UnsupportedPattern("an anchor in a group");
      this.#depth--;
      return body;
    }
    if (this.#take("[")) return this.#set();
    if (this.#take("."))
      return written(
        complement([
          [0x0a, 0x0a],
          [0x0d, 0x0d],
          [0x2028, 0x2029],
        ]),
      );
    if (this.#take("\\")) return written(this.#escape());
    const code = this.#next();
    return written([[code, code]]);
  }

  #repeated(item: Expression): Expression {
    const counted = /^(?:([*+?])|\{(\d+)(,(\d*))?\})\??/.exec(this.#pattern.slice(this.#at));
    if (counted === null) return item;
    this.#at += counted[0].length;
    const [, sign, low, comma, high] = counted;
    if (sign !== undefined) return repeat(item, sign === "+" ? 1 : 0, sign === "?" ? 1 : Number.POSITIVE_INFINITY);
    const min = Number(low);
    const max = comma === undefined ? min : high === "" ? Number.POSITIVE_INFINITY : Number(high);
    if (min > maxRepetition || (Number.isFinite(max) && max > maxRepetition))
      throw new UnsupportedPattern(`a count above ${maxRepetition}`);
    return repeat(item, min, max);
  }

  #set(): Expression {
    const negated = this.#take("^");
    const ranges: CodePointRange[] = [];
    while (!this.#take("]")) {
      const from = this.#setMember();
      if (this.#pattern[this.#at] === "-" && this.#pattern[this.#at + 1] !== "]" && from.length === 1) {
        this.#at++;
        ranges.push([from[0]?.[0] ?? 0, this.#setMember()[0]?.[1] ?? 0]);
      } else ranges.push(...from);
    }
    return written(negated ? complement(ranges) : ranges);
  }

  #setMember(): readonly CodePointRange[] {
    if (this.#take("\\")) return this.#escape();
    const code = this.#next();
    return [[code, code]];
  }

  #escape(): readonly CodePointRange[] {
    const letter = String.fromCodePoint(this.#next());
    const known = classes[letter.toLowerCase()];
    if (known !== undefined && /[dswDSW]/.test(letter))
      return letter === letter.toLowerCase() ? known : complement(known);
    const hex = /^(?:x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\})/i.exec(letter + this.#pattern.slice(this.#at));
    if (hex !== null) {
      this.#at += hex[0].length - 1;
      const code = Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? "", 16);
      return [[code, code]];
    }
    if (/[a-zA-Z1-9]/.test(letter) && controls[letter] === undefined)
      throw new UnsupportedPattern(`the escape "\\${letter}"`);
    const code = codePoint(controls[letter] ?? letter);
    return [[code, code]];
  }

  #next(): number {
    const code = this.#pattern.codePointAt(this.#at);
    if (code === undefined) throw new UnsupportedPattern("its end comes too early");
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  #take(character: string): boolean {
    if (this.#pattern[this.#at] !== character) return false;
    this.#at++;
    return true;
  }
}

/** Everything that is in none of the ranges. */
function complement(ranges: readonly CodePointRange[]): CodePointRange[] {
  const rest: CodePointRange[] = [];
  let from = 0;
  for (const [low, high] of [...ranges].sort(([a], [b]) => a - b)) {
    if (low > from) rest.push([from, low - 1]);
    from = Math.max(from, high + 1);
  }
  if (from <= 0x10ffff) rest.push([from, 0x10ffff]);
  return rest;
}

/** One character of the ranges, as it is written in a JSON string. */
function written(ranges: readonly CodePointRange[]): Expression {
  const asIs = ranges.flatMap(([low, high]) =>
    plain.flatMap(([from, to]): CodePointRange[] =>
      Math.max(low, from) <= Math.min(high, to) ? [[Math.max(low, from), Math.min(high, to)]] : [],
    ),
  );
  const escaped = escapes.filter(([character]) =>
    ranges.some(([low, high]) => low <= codePoint(character) && codePoint(character) <= high),
  );
  const options = escaped.map(([, form]) => text(form));
  if (asIs.length > 0) options.unshift(oneOf(...asIs));
  if (options.length === 0) throw new UnsupportedPattern("a character that a JSON string cannot hold");
  return choice(...options);
}

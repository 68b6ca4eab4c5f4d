import { type CodePointRange, type Expression, type Grammar, setContains } from "./Grammar.js";
import { settle } from "./settle.js";

/** A shortest text that is longer than this is none: rules that name others twice double it with every step. */
export const maxShortestLength = 1_000_000;

/** The shortest text of each rule; rules that no text satisfies, or only one of more than {@link maxShortestLength}, are missing. */
export function shortestTexts(grammar: Grammar): ReadonlyMap<string, string> {
  return settle<string>(grammar, (name, known) => {
    const body = grammar.get(name);
    const found = body === undefined ? undefined : shortestText(body, known);
    const before = known.get(name);
    return found !== undefined && (before === undefined || found.length < before.length) ? found : undefined;
  });
}

/** The shortest text of an expression, from those of the `rules`; `undefined`: none is known. */
export function shortestText(expression: Expression, rules: ReadonlyMap<string, string>): string | undefined {
  switch (expression.kind) {
    case "text":
      return expression.text;
    case "set":
      return plainMember(expression);
    case "rule":
      return rules.get(expression.name);
    case "choice": {
      let best: string | undefined;
      for (const option of expression.options) {
        const found = shortestText(option, rules);
        if (found !== undefined && (best === undefined || found.length < best.length)) best = found;
      }
      return best;
    }
    case "sequence": {
      let whole = "";
      for (const item of expression.items) {
        const found = shortestText(item, rules);
        if (found === undefined) return undefined;
        whole += found;
        if (whole.length > maxShortestLength) return undefined;
      }
      return whole;
    }
    case "repeat": {
      if (expression.min === 0) return "";
      const once = shortestText(expression.item, rules);
      if (once === undefined || once.length * expression.min > maxShortestLength) return undefined;
      return once.repeat(expression.min);
    }
  }
}

/** A character of the set, one that reads well if there is one. */
function plainMember(set: Expression & { kind: "set" }): string | undefined {
  for (const character of "01 aA-") if (setContains(set, character.codePointAt(0) ?? 0)) return character;
  const candidates: readonly CodePointRange[] = set.negated ? [[0x20, 0x10ffff]] : set.ranges;
  for (const [from, to] of candidates)
    for (let code = from; code <= to; code++) if (setContains(set, code)) return String.fromCodePoint(code);
  return undefined;
}

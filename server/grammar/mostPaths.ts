import { type Expression, type Grammar, visit } from "./Grammar.js";
import { settle } from "./settle.js";

/** How many ways lead from the beginning of an expression to a character, and how many to its end without any. */
interface Ways {
  readonly toCharacter: number;
  readonly toEnd: number;
}

const none: Ways = { toCharacter: 0, toEnd: 0 };
/** More are not counted apart. */
const most = 1e12;

/**
 * The most ways that lead from any place of the grammar to a next character. The engine walks each of them, however many meet on
 * the way. The grammar must have no left recursion. Source: llama.cpp src/llama-grammar.cpp, llama_grammar_advance_stack.
 */
export function mostPaths(grammar: Grammar): number {
  const rules = settle<Ways>(grammar, (name, known) => {
    const body = grammar.get(name);
    const found = body === undefined ? none : waysOf(body, known);
    const before = known.get(name) ?? none;
    return found.toCharacter !== before.toCharacter || found.toEnd !== before.toEnd ? found : undefined;
  });
  let widest = 0;
  for (const body of grammar.values())
    visit(body, (expression) => {
      // After any of its items, a sequence goes on with what is left.
      if (expression.kind === "sequence")
        for (const { toCharacter } of suffixWays(expression.items, rules)) widest = Math.max(widest, toCharacter);
      else widest = Math.max(widest, waysOf(expression, rules).toCharacter);
    });
  return widest;
}

function waysOf(expression: Expression, rules: ReadonlyMap<string, Ways>): Ways {
  switch (expression.kind) {
    case "text":
      return expression.text === "" ? { toCharacter: 0, toEnd: 1 } : { toCharacter: 1, toEnd: 0 };
    case "set":
      return { toCharacter: 1, toEnd: 0 };
    case "rule":
      return rules.get(expression.name) ?? none;
    case "choice":
      return expression.options.map((option) => waysOf(option, rules)).reduce(either, none);
    case "sequence":
      return suffixWays(expression.items, rules).at(-1) ?? { toCharacter: 0, toEnd: 1 };
    case "repeat":
      return repeated(waysOf(expression.item, rules), expression);
  }
}

/** What is left of a sequence: its last item, its last two, … */
function suffixWays(items: readonly Expression[], rules: ReadonlyMap<string, Ways>): Ways[] {
  const ways: Ways[] = [];
  let rest: Ways = { toCharacter: 0, toEnd: 1 };
  for (const item of items.toReversed()) {
    rest = then(waysOf(item, rules), rest);
    ways.push(rest);
  }
  return ways;
}

/** The engine writes `item` out `min` times, and then once more or not, and so on up to `max`. */
function repeated(item: Ways, { min, max }: { min: number; max: number }): Ways {
  let ways: Ways = { toCharacter: 0, toEnd: 1 };
  // Where the item has a character, the first one is all that is reached.
  const optional = Number.isFinite(max) && item.toEnd > 0 ? max - min : Math.min(1, max - min);
  for (let count = 0; count < optional; count++) ways = either(then(item, ways), { toCharacter: 0, toEnd: 1 });
  for (let count = 0; count < (item.toEnd > 0 ? min : Math.min(1, min)); count++) ways = then(item, ways);
  return ways;
}

function then(first: Ways, second: Ways): Ways {
  return {
    toCharacter: Math.min(most, first.toCharacter + first.toEnd * second.toCharacter),
    toEnd: Math.min(most, first.toEnd * second.toEnd),
  };
}

function either(a: Ways, b: Ways): Ways {
  return {
    toCharacter: Math.min(most, a.toCharacter + b.toCharacter),
    toEnd: Math.min(most, a.toEnd + b.toEnd),
  };
}

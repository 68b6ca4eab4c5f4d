import { children, type Expression, type Grammar, maxRepetition, rootRule, visit } from "./Grammar.js";
import { grammarError } from "./grammarError.js";
import { refuseExplosion } from "./refuseExplosion.js";
import { settle } from "./settle.js";

/** Symbols that one grammar may have, counted as often as they are repeated: the engine writes repetitions out. */
const maxSymbols = 100_000;

/**
 * Refuses what the engine would refuse (with less to say about it) or choke on: rules that are not there, left recursion, a
 * repetition of what may be empty, too many symbols, too many ways to read one text. `field` is what the error names. Throws
 * `bad_request`.
 */
export function checkGrammar(grammar: Grammar, field: "grammar" | "jsonSchema"): void {
  const empty = emptyRules(grammar);
  const mayBeEmpty = (expression: Expression) => isEmpty(expression, empty);
  let symbols = 0;
  for (const [name, body] of grammar) {
    symbols += countSymbols(body);
    visit(body, (expression) => {
      if (expression.kind === "rule" && !grammar.has(expression.name))
        throw grammarError(field, `The grammar's rule "${name}" names a rule "${expression.name}" that is not there.`);
      if (expression.kind === "repeat" && !Number.isFinite(expression.max) && mayBeEmpty(expression.item))
        throw grammarError(field, `The grammar's rule "${name}" repeats without end what may be empty.`);
      if (expression.kind === "repeat" && countSymbols(expression) > maxRepetition * 50)
        throw grammarError(field, `The grammar's rule "${name}" repeats too much.`);
    });
  }
  if (symbols > maxSymbols)
    throw grammarError(field, `The grammar has ${symbols} symbols; at most ${maxSymbols} are allowed.`);
  refuseLeftRecursion(grammar, mayBeEmpty, field);
  refuseExplosion(grammar, symbols, field);
}

function countSymbols(expression: Expression): number {
  if (expression.kind === "text") return expression.text.length;
  const inner = children(expression).reduce((sum, child) => sum + countSymbols(child), 0);
  if (expression.kind !== "repeat") return inner + 1;
  return (inner + 1) * Math.max(1, Number.isFinite(expression.max) ? expression.max : expression.min);
}

/** The names of the rules that the empty text satisfies. */
function emptyRules(grammar: Grammar): ReadonlyMap<string, true> {
  return settle<true>(grammar, (name, known) => {
    const body = grammar.get(name);
    return !known.has(name) && body !== undefined && isEmpty(body, known) ? true : undefined;
  });
}

function isEmpty(expression: Expression, emptyNames: ReadonlyMap<string, true>): boolean {
  switch (expression.kind) {
    case "text":
      return expression.text === "";
    case "set":
      return false;
    case "rule":
      return emptyNames.has(expression.name);
    case "sequence":
      return expression.items.every((item) => isEmpty(item, emptyNames));
    case "choice":
      return expression.options.some((option) => isEmpty(option, emptyNames));
    case "repeat":
      return expression.min === 0 || isEmpty(expression.item, emptyNames);
  }
}

/** A rule that can begin with itself never ends. */
function refuseLeftRecursion(
  grammar: Grammar,
  mayBeEmpty: (expression: Expression) => boolean,
  field: "grammar" | "jsonSchema",
): void {
  const firsts = new Map([...grammar].map(([name, body]) => [name, firstRules(body, mayBeEmpty)]));
  const state = new Map<string, "open" | "done">();
  // An own stack: a chain of rules may be longer than the machine's.
  for (const start of [rootRule, ...grammar.keys()]) {
    const stack: { name: string; next: Iterator<string> }[] = [];
    const enter = (name: string) => {
      if (state.get(name) === "done") return;
      if (state.get(name) === "open")
        throw grammarError(
          field,
          `The grammar's rule "${name}" begins with itself.`,
          "Let it end with itself instead.",
        );
      state.set(name, "open");
      stack.push({ name, next: (firsts.get(name) ?? new Set<string>()).values() });
    };
    enter(start);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const { value, done } = top.next.next();
      if (done !== true) enter(value);
      else {
        state.set(top.name, "done");
        stack.pop();
      }
    }
  }
}

/** The rules that the expression can begin with. */
function firstRules(expression: Expression, mayBeEmpty: (expression: Expression) => boolean): Set<string> {
  switch (expression.kind) {
    case "rule":
      return new Set([expression.name]);
    case "repeat":
      return firstRules(expression.item, mayBeEmpty);
    case "choice":
      return new Set(expression.options.flatMap((option) => [...firstRules(option, mayBeEmpty)]));
    case "sequence": {
      const names = new Set<string>();
      for (const item of expression.items) {
        for (const name of firstRules(item, mayBeEmpty)) names.add(name);
        if (!mayBeEmpty(item)) break;
      }
      return names;
    }
    default:
      return new Set();
  }
}

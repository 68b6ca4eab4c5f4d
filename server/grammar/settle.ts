import { type Grammar, visit } from "./Grammar.js";

/**
 * What each rule comes to when it depends on what others come to: `improve` is asked for a rule's value whenever one of those
 * that it names has changed, and answers `undefined` when there is nothing better than what is `known` of it. Rules that
 * nothing is found out about are missing in the result.
 */
export function settle<Value>(
  grammar: Grammar,
  improve: (name: string, known: ReadonlyMap<string, Value>) => Value | undefined,
): Map<string, Value> {
  const namedBy = new Map<string, Set<string>>();
  for (const [name, body] of grammar)
    visit(body, (expression) => {
      if (expression.kind !== "rule") return;
      const by = namedBy.get(expression.name) ?? new Set();
      namedBy.set(expression.name, by.add(name));
    });
  const known = new Map<string, Value>();
  // A set keeps the order in which they came, and each only once.
  const waiting = new Set(grammar.keys());
  for (const name of waiting) {
    waiting.delete(name);
    const found = improve(name, known);
    if (found === undefined) continue;
    known.set(name, found);
    for (const dependent of namedBy.get(name) ?? []) waiting.add(dependent);
  }
  return known;
}

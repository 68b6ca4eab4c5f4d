/** Inclusive range of Unicode code points. */
export type CodePointRange = readonly [from: number, to: number];

/** What a rule stands for. The same shapes as GBNF has, without its notation. */
export type Expression =
  | { readonly kind: "text"; readonly text: string }
  /** One code point of these ranges; negated: one that is in none of them. */
  | { readonly kind: "set"; readonly negated: boolean; readonly ranges: readonly CodePointRange[] }
  | { readonly kind: "rule"; readonly name: string }
  | { readonly kind: "sequence"; readonly items: readonly Expression[] }
  | { readonly kind: "choice"; readonly options: readonly Expression[] }
  /** `max` is Infinity where there is none. */
  | { readonly kind: "repeat"; readonly item: Expression; readonly min: number; readonly max: number };

/** Rules by name; `root` is where a text begins. */
export type Grammar = ReadonlyMap<string, Expression>;

export const rootRule = "root";

export function setContains(set: Expression & { kind: "set" }, code: number): boolean {
  return set.ranges.some(([from, to]) => from <= code && code <= to) !== set.negated;
}

/** What an expression is made of. */
export function children(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "sequence":
      return expression.items;
    case "choice":
      return expression.options;
    case "repeat":
      return [expression.item];
    default:
      return [];
  }
}

/** Looks at the expression and at everything in it. */
export function visit(expression: Expression, look: (expression: Expression) => void): void {
  look(expression);
  for (const child of children(expression)) visit(child, look);
}

export const text = (value: string): Expression => ({ kind: "text", text: value });
export const rule = (name: string): Expression => ({ kind: "rule", name });
export const oneOf = (...ranges: (CodePointRange | string)[]): Expression => ({
  kind: "set",
  negated: false,
  ranges: ranges.map(toRange),
});
export const noneOf = (...ranges: (CodePointRange | string)[]): Expression => ({
  kind: "set",
  negated: true,
  ranges: ranges.map(toRange),
});

/** `"a"` is one character, `"a-z"` a range. */
function toRange(range: CodePointRange | string): CodePointRange {
  if (typeof range !== "string") return range;
  const [from = "", dash, to] = [...range];
  return dash === "-" && to !== undefined ? [codePoint(from), codePoint(to)] : [codePoint(from), codePoint(from)];
}

export function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}

/** Flattens sequences in sequences; one item stands for itself. */
export function sequence(...items: Expression[]): Expression {
  const flat = items.flatMap((item) => (item.kind === "sequence" ? item.items : [item]));
  const [only] = flat;
  return flat.length === 1 && only !== undefined ? only : { kind: "sequence", items: flat };
}

export function choice(...options: Expression[]): Expression {
  const [only] = options;
  return options.length === 1 && only !== undefined ? only : { kind: "choice", options };
}

/** The engine repeats at most this often; more is done in blocks. Source: llama.cpp src/llama-grammar.cpp, MAX_REPETITION_THRESHOLD. */
export const maxRepetition = 2000;
const blockSize = 100;

/** `item` from `min` to `max` times. Counts above the engine's limit are made of blocks of {@link blockSize}. */
export function repeat(item: Expression, min: number, max: number): Expression {
  if (max === 0) return sequence();
  if (min === 1 && max === 1) return item;
  const bounded = Number.isFinite(max);
  if (min <= maxRepetition && (!bounded || max <= maxRepetition)) return { kind: "repeat", item, min, max };
  const block: Expression = { kind: "repeat", item, min: blockSize, max: blockSize };
  const minBlocks = Math.floor(min / blockSize);
  const least = sequence(repeat(block, minBlocks, minBlocks), repeat(item, min % blockSize, min % blockSize));
  if (!bounded) return sequence(least, { kind: "repeat", item, min: 0, max });
  const optional = max - min;
  const optionalBlocks = Math.floor(optional / blockSize);
  return sequence(least, repeat(block, 0, optionalBlocks), repeat(item, 0, optional % blockSize));
}

export function optional(item: Expression): Expression {
  return repeat(item, 0, 1);
}

/** `item`, `min` to `max` times, with `separator` between. */
export function separated(item: Expression, separator: Expression, min: number, max: number): Expression {
  if (max === 0) return sequence();
  const more = repeat(sequence(separator, item), Math.max(0, min - 1), max - 1);
  const some = sequence(item, more);
  return min === 0 ? optional(some) : some;
}

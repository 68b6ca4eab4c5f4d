import { type CodePointRange, type Expression, type Grammar, rootRule, rule } from "./Grammar.js";

/**
 * What may still come, as a linked list: `item` first, then `rest`. Frames are interned, so equal ones are the same object and a
 * set of them holds each possibility once.
 */
interface Frame {
  readonly id: number;
  readonly item: Expression;
  readonly rest: Frame | undefined;
}

/** Possibilities beyond this many are not followed: only a highly ambiguous grammar has them. */
const maxFrames = 4096;

/**
 * The shortest text that makes `written` a whole text of the grammar: "" when it is one, `undefined` when it is not even the
 * beginning of one. It follows the grammar as the engine does: all possibilities side by side, character by character.
 */
export function completeText(grammar: Grammar, written: string): string | undefined {
  return new Completer(grammar).complete(written);
}

class Completer {
  readonly #grammar: Grammar;
  readonly #interned = new Map<Expression, Map<number, Frame>>();
  readonly #texts = new Map<string, Expression>();
  readonly #counts = new Map<Expression, Map<string, Expression>>();
  readonly #sequences = new Map<Expression, Expression[]>();
  readonly #shortest: ReadonlyMap<string, string>;
  #frames = 0;

  constructor(grammar: Grammar) {
    this.#grammar = grammar;
    this.#shortest = shortestTexts(grammar);
  }

  complete(written: string): string | undefined {
    let open = this.#expand([this.#frame(rule(rootRule), undefined)]);
    for (const character of written) {
      const code = character.codePointAt(0) ?? 0;
      const next = [...open.frames].flatMap((frame) => this.#after(frame, code, character));
      open = this.#expand(next);
      if (open.frames.size === 0 && !open.done) return undefined;
    }
    if (open.done) return "";
    let best: string | undefined;
    for (const frame of open.frames) {
      const ending = this.#ending(frame);
      if (ending !== undefined && (best === undefined || ending.length < best.length)) best = ending;
    }
    return best;
  }

  #ending(frame: Frame | undefined): string | undefined {
    let ending = "";
    for (let at = frame; at !== undefined; at = at.rest) {
      const piece = shortest(at.item, this.#shortest);
      if (piece === undefined) return undefined;
      ending += piece;
    }
    return ending;
  }

  #frame(item: Expression, rest: Frame | undefined): Frame {
    let byRest = this.#interned.get(item);
    if (byRest === undefined) {
      byRest = new Map();
      this.#interned.set(item, byRest);
    }
    const key = rest?.id ?? -1;
    let frame = byRest.get(key);
    if (frame === undefined) {
      frame = { id: this.#frames++, item, rest };
      byRest.set(key, frame);
    }
    return frame;
  }

  /** Frames that begin with a character. `done`: the text may end here. */
  #expand(start: readonly (Frame | undefined)[]): { frames: Set<Frame>; done: boolean } {
    const frames = new Set<Frame>();
    const seen = new Set<Frame>();
    const todo = [...start];
    let done = false;
    while (todo.length > 0) {
      const frame = todo.pop();
      if (frame === undefined) {
        done = true;
        continue;
      }
      if (seen.has(frame) || seen.size > maxFrames) continue;
      seen.add(frame);
      const { item, rest } = frame;
      switch (item.kind) {
        case "text":
          if (item.text === "") todo.push(rest);
          else frames.add(frame);
          break;
        case "set":
          frames.add(frame);
          break;
        case "rule": {
          const body = this.#grammar.get(item.name);
          if (body !== undefined) todo.push(this.#frame(body, rest));
          break;
        }
        case "choice":
          for (const option of item.options) todo.push(this.#frame(option, rest));
          break;
        case "sequence": {
          const [first] = item.items;
          todo.push(first === undefined ? rest : this.#frame(first, this.#tail(item, 1, rest)));
          break;
        }
        case "repeat":
          if (item.min === 0) todo.push(rest);
          if (item.max > 0) todo.push(this.#frame(item.item, this.#again(item, rest)));
          break;
      }
    }
    return { frames, done };
  }

  /** What is left of a sequence from `index` on. */
  #tail(item: Expression & { kind: "sequence" }, index: number, rest: Frame | undefined): Frame | undefined {
    if (index >= item.items.length) return rest;
    let tails = this.#sequences.get(item);
    if (tails === undefined) {
      tails = item.items.map((_, at): Expression => ({ kind: "sequence", items: item.items.slice(at) }));
      this.#sequences.set(item, tails);
    }
    const tail = tails[index];
    return tail === undefined ? rest : this.#frame(tail, rest);
  }

  /** The repetition with one less to go. */
  #again(item: Expression & { kind: "repeat" }, rest: Frame | undefined): Frame | undefined {
    const [min, max] = [Math.max(0, item.min - 1), item.max - 1];
    if (max === 0) return rest;
    let counts = this.#counts.get(item.item);
    if (counts === undefined) {
      counts = new Map();
      this.#counts.set(item.item, counts);
    }
    const key = `${min},${max}`;
    let less = counts.get(key);
    if (less === undefined) {
      less = { kind: "repeat", item: item.item, min, max };
      counts.set(key, less);
    }
    return this.#frame(less, rest);
  }

  /** What follows when `code` comes at the frame; none when it cannot. */
  #after({ item, rest }: Frame, code: number, character: string): (Frame | undefined)[] {
    if (item.kind === "set") return contains(item, code) ? [rest] : [];
    if (item.kind !== "text" || !item.text.startsWith(character)) return [];
    const left = item.text.slice(character.length);
    if (left === "") return [rest];
    let remaining = this.#texts.get(left);
    if (remaining === undefined) {
      remaining = { kind: "text", text: left };
      this.#texts.set(left, remaining);
    }
    return [this.#frame(remaining, rest)];
  }
}

function contains(set: Expression & { kind: "set" }, code: number): boolean {
  return set.ranges.some(([from, to]) => from <= code && code <= to) !== set.negated;
}

/** The shortest text of each rule that has one, found by improving until nothing changes. */
function shortestTexts(grammar: Grammar): Map<string, string> {
  const known = new Map<string, string>();
  for (let changed = true; changed; ) {
    changed = false;
    for (const [name, body] of grammar) {
      const found = shortest(body, known);
      const before = known.get(name);
      if (found === undefined || (before !== undefined && before.length <= found.length)) continue;
      known.set(name, found);
      changed = true;
    }
  }
  return known;
}

/** `undefined`: none is known yet. */
function shortest(expression: Expression, rules: ReadonlyMap<string, string>): string | undefined {
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
        const found = shortest(option, rules);
        if (found !== undefined && (best === undefined || found.length < best.length)) best = found;
      }
      return best;
    }
    case "sequence": {
      let whole = "";
      for (const item of expression.items) {
        const found = shortest(item, rules);
        if (found === undefined) return undefined;
        whole += found;
      }
      return whole;
    }
    case "repeat": {
      if (expression.min === 0) return "";
      return shortest(expression.item, rules)?.repeat(expression.min);
    }
  }
}

/** A character of the set, one that reads well if there is one. */
function plainMember(set: Expression & { kind: "set" }): string | undefined {
  for (const character of "01 aA-") if (contains(set, character.codePointAt(0) ?? 0)) return character;
  const candidates: readonly CodePointRange[] = set.negated ? [[0x20, 0x10ffff]] : set.ranges;
  for (const [from, to] of candidates)
    for (let code = from; code <= to; code++) if (contains(set, code)) return String.fromCodePoint(code);
  return undefined;
}

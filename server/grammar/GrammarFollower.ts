import { type Expression, type Grammar, rootRule, rule, setContains } from "./Grammar.js";

/**
 * What may still come, as a linked list: `item` first, then `rest`. Frames are interned, so equal ones are the same object and a
 * set of them holds each possibility once.
 */
export interface Frame {
  readonly id: number;
  readonly item: Expression;
  readonly rest: Frame | undefined;
  /** With all that follows. */
  readonly length: number;
}

/** Where a text stands in a grammar. */
export interface Possibilities {
  /** Each begins with a character: a text or a set. */
  readonly frames: ReadonlySet<Frame>;
  /** The text may end here. */
  readonly done: boolean;
  /** There are more than are followed. */
  readonly tooMany: boolean;
}

/** Follows texts through a grammar as the engine does: all possibilities side by side, character by character. */
export class GrammarFollower {
  readonly #grammar: Grammar;
  readonly #maxFrames: number;
  readonly #interned = new Map<Expression, Map<number, Frame>>();
  readonly #texts = new Map<string, Expression>();
  readonly #counts = new Map<Expression, Map<string, Expression>>();
  readonly #sequences = new Map<Expression, Expression[]>();
  #frames = 0;

  /** Possibilities beyond `maxFrames` are not followed: only a highly ambiguous grammar has them. */
  constructor(grammar: Grammar, maxFrames: number) {
    this.#grammar = grammar;
    this.#maxFrames = maxFrames;
  }

  /** Before the first character. */
  start(): Possibilities {
    return this.#expand([this.#frame(rule(rootRule), undefined)]);
  }

  /** After one more character. */
  next(frames: Iterable<Frame>, character: string): Possibilities {
    const code = character.codePointAt(0) ?? 0;
    return this.#expand([...frames].flatMap((frame) => this.#after(frame, code, character)));
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
      frame = { id: this.#frames++, item, rest, length: (rest?.length ?? 0) + 1 };
      byRest.set(key, frame);
    }
    return frame;
  }

  /** Frames that begin with a character. `done`: the text may end here. */
  #expand(start: readonly (Frame | undefined)[]): Possibilities {
    const frames = new Set<Frame>();
    const seen = new Set<Frame>();
    const todo = [...start];
    let done = false;
    let tooMany = false;
    while (todo.length > 0) {
      const frame = todo.pop();
      if (frame === undefined) {
        done = true;
        continue;
      }
      if (seen.has(frame)) continue;
      if (seen.size > this.#maxFrames) {
        tooMany = true;
        break;
      }
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
    return { frames, done, tooMany };
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
    if (item.kind === "set") return setContains(item, code) ? [rest] : [];
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

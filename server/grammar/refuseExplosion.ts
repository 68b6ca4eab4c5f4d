import { type Grammar, setContains } from "./Grammar.js";
import { type Frame, GrammarFollower } from "./GrammarFollower.js";
import { grammarError } from "./grammarError.js";
import { mostPaths } from "./mostPaths.js";

/** Ways in which a text may begin, of which the engine keeps all: an `enum` of thousands of values still fits. */
const maxFrames = 20_000;
/** And rules that all of them together are in the middle of. */
const maxOpen = 1_000_000;
/** Frames that the follower passes on its way to those. */
const maxPassed = 50_000;
/** Ways to read a beginning that a small grammar may have; a large one has as many as symbols. */
const maxReadings = 2000;
/**
 * Ways to read one token, whose characters the engine follows one path after the other, the same place as often as paths lead
 * there: `(\w+ ?)+` doubles them with every letter and still fits, what triples them does not.
 */
const maxPaths = 200_000;
const tokenLength = 16;
/** Where ways multiply, a few characters show it. `characters` that follow each other, `candidates` at each place. */
const effort = { characters: 256, candidates: 8, frames: 12_000 };

/** How many paths lead to each frame. */
type Paths = ReadonlyMap<Frame, number>;

/**
 * Refuses a grammar that reads one text in ever more ways (`s ::= "a" s "b" | "a" s "c"` doubles them with every letter): the engine
 * would follow them all and stand still, and with it everybody who talks to the model ([T22]). Nothing tells this of every
 * grammar; this goes where the ways are most, one character after the other. What gets past it is the watchdog's.
 * `symbols`: how many the grammar has. Throws `bad_request`. Source: llama.cpp src/llama-grammar.cpp, llama_grammar_reject_candidates and
 * llama_grammar_accept.
 */
export function refuseExplosion(grammar: Grammar, symbols: number, field: "grammar" | "jsonSchema"): void {
  if (mostPaths(grammar) > maxPaths) throw tooManyWays(field);
  const follower = new GrammarFollower(grammar, maxPassed);
  const { frames, tooMany } = follower.start();
  const open = [...frames].reduce((total, { length }) => total + length, 0);
  if (tooMany || frames.size > maxFrames || open > maxOpen) throw tooManyWays(field);
  const most = Math.min(Math.max(maxReadings, symbols), maxFrames);
  let paths = onceEach(frames);
  let looked = 0;
  for (let step = 1; step <= effort.characters; step++) {
    let widest: Paths | undefined;
    for (const character of firstCharacters(paths.keys())) {
      looked += paths.size;
      const next = follow(follower, paths, character);
      looked += next?.size ?? 0;
      if (next === undefined || next.size > most) throw tooManyWays(field);
      if (widest === undefined || sum(next) >= sum(widest)) widest = next;
      if (looked > effort.frames) return;
    }
    if (widest === undefined) return;
    paths = step % tokenLength === 0 ? onceEach(widest.keys()) : widest;
  }
}

/** The paths after one more character; `undefined`: too many. */
function follow(follower: GrammarFollower, paths: Paths, character: string): Paths | undefined {
  const after = new Map<Frame, number>();
  let total = 0;
  for (const [frame, count] of paths) {
    const { frames, tooMany } = follower.next([frame], character);
    if (tooMany) return undefined;
    for (const next of frames) after.set(next, (after.get(next) ?? 0) + count);
    total += count * frames.size;
    if (total > maxPaths) return undefined;
  }
  return after;
}

function onceEach(frames: Iterable<Frame>): Paths {
  return new Map([...frames].map((frame) => [frame, 1]));
}

function sum(paths: Paths): number {
  let total = 0;
  for (const count of paths.values()) total += count;
  return total;
}

/** Characters that the frames can begin with: those with which most of them do. */
function firstCharacters(frames: Iterable<Frame>): string[] {
  const counts = new Map<string, number>();
  for (const frame of frames) {
    const character = firstCharacter(frame);
    if (character !== undefined) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, effort.candidates)
    .map(([character]) => character);
}

function firstCharacter({ item }: Frame): string | undefined {
  if (item.kind === "text") return String.fromCodePoint(item.text.codePointAt(0) ?? 0);
  if (item.kind !== "set") return undefined;
  for (const character of 'a0 "') if (setContains(item, character.codePointAt(0) ?? 0)) return character;
  const [first] = item.ranges;
  return first === undefined || item.negated ? undefined : String.fromCodePoint(first[0]);
}

function tooManyWays(field: "grammar" | "jsonSchema") {
  return grammarError(
    field,
    `The ${field === "grammar" ? "grammar" : "JSON schema"} can be read in too many ways at once.`,
    "Let alternatives and repetitions begin and end with different texts.",
  );
}

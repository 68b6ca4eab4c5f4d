import { distance } from "fastest-levenshtein";

/** More mistakes than this are no slip of the fingers. */
const maxMistakes = 2;

/** With fewer letters than this, a beginning says nothing about what was meant. */
const minBeginning = 3;

/** The word that was probably meant: one that begins so, else the one with the fewest mistakes, when those are few for its length. */
export function nearestWord(typed: string, words: readonly string[]): string | undefined {
  const wanted = typed.toLowerCase();
  const [nearest] = words
    .map((word) => ({ word, mistakes: mistakesIn(wanted, word) }))
    .filter(({ word, mistakes }) => mistakes <= Math.min(maxMistakes, Math.floor(word.length / 2)))
    .sort((a, b) => a.mistakes - b.mistakes);
  return nearest?.word;
}

function mistakesIn(typed: string, word: string): number {
  // Among several that begin so, the shortest.
  if (typed.length >= minBeginning && word.startsWith(typed)) return 1 - typed.length / word.length;
  const mistakes = distance(typed, word);
  // Two letters that changed places are one slip, which the distance counts as two.
  return mistakes === 2 && sorted(typed) === sorted(word) ? 1 : mistakes;
}

const sorted = (word: string) => [...word].sort().join("");

import { type Word, wordsOf } from "./searchWords.js";

/** Where a phrase stands: its first word's number, and its last one's. */
interface Instance {
  phrase: number;
  first: number;
  last: number;
}

const mark = { open: "\u0002", close: "\u0003", cut: "…" };

/**
 * The part of a text, `length` words long, that has the most of what was looked for, marked: the same that SQLite's FTS5 gives
 * (`snippet(…, char(2), char(3), '…', length)`). Source: sqlite.org/fts5.html#the_snippet_function and ext/fts5/fts5_aux.c.
 */
export function snippet(text: string, phrases: readonly (readonly string[])[], length: number): string {
  const words = wordsOf(text);
  const instances = instancesOf(words, phrases);
  return draw(text, words, merged(instances), startOf(text, words, instances, length), length);
}

function instancesOf(words: readonly Word[], phrases: readonly (readonly string[])[]): Instance[] {
  const found: Instance[] = [];
  for (let first = 0; first < words.length; first++)
    for (const [phrase, parts] of phrases.entries()) {
      const isThere = parts.every((part, index) => {
        const folded = words[first + index]?.folded;
        return index === parts.length - 1 ? folded?.startsWith(part) === true : folded === part;
      });
      if (isThere) found.push({ phrase, first, last: first + parts.length - 1 });
    }
  return found;
}

/** The number of the word with which the best part begins: one where a sentence does is preferred. */
function startOf(text: string, words: readonly Word[], instances: readonly Instance[], length: number): number {
  const sentences = sentenceStarts(text, words);
  let best = { score: 0, start: 0 };
  for (const { first } of instances) {
    const { score, start } = scoreFrom(first, words.length, instances, length);
    if (score > best.score) best = { score, start };
    const sentence = sentences.findLast((candidate) => candidate <= first) ?? 0;
    if (words.length <= length || sentence >= first) continue;
    const atSentence = scoreFrom(sentence, words.length, instances, length).score + (sentence === 0 ? 120 : 100);
    if (atSentence > best.score) best = { score: atSentence, start: sentence };
  }
  return best.start;
}

/** What a part from this word on is worth: different phrases most; and where it begins when they stand in its middle. */
function scoreFrom(
  from: number,
  wordCount: number,
  instances: readonly Instance[],
  length: number,
): { score: number; start: number } {
  const seen = new Set<number>();
  let score = 0;
  let [firstWord, end] = [-1, 0];
  for (const { phrase, first, last } of instances) {
    if (first < from || first >= from + length) continue;
    score += seen.has(phrase) ? 1 : 1000;
    seen.add(phrase);
    if (firstWord < 0) firstWord = first;
    end = last + 1;
  }
  const centred = firstWord - Math.trunc((length - (end - firstWord)) / 2);
  return { score, start: Math.max(0, Math.min(centred, wordCount - length)) };
}

/** The numbers of the words that follow a full stop or a colon and a space; the first one too. */
function sentenceStarts(text: string, words: readonly Word[]): number[] {
  return words.flatMap(({ start }, index) => {
    if (index === 0) return [0];
    const before = text.slice(0, start);
    const kept = before.replace(/[ \t\n\r]+$/, "");
    return kept.length < before.length && /[.:]$/.test(kept) ? [index] : [];
  });
}

/** Those that overlap are marked as one. */
function merged(instances: readonly Instance[]): Instance[] {
  const all: Instance[] = [];
  for (const instance of instances) {
    const previous = all.at(-1);
    if (previous === undefined || instance.first > previous.last) all.push({ ...instance });
    else previous.last = Math.max(previous.last, instance.last);
  }
  return all;
}

function draw(
  text: string,
  words: readonly Word[],
  marked: readonly Instance[],
  start: number,
  length: number,
): string {
  const last = Math.min(start + length, words.length) - 1;
  let drawn = start > 0 ? mark.cut : "";
  let at = start > 0 ? (words[start]?.start ?? 0) : 0;
  for (const instance of marked) {
    if (instance.first < start || instance.first > last) continue;
    const [first, final] = [words[instance.first], words[Math.min(instance.last, last)]];
    if (first === undefined || final === undefined) continue;
    drawn += text.slice(at, first.start) + mark.open + text.slice(first.start, final.end) + mark.close;
    at = final.end;
  }
  if (start + length >= words.length) return drawn + text.slice(at);
  return drawn + text.slice(at, words[last]?.end) + mark.cut;
}

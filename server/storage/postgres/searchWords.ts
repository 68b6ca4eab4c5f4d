/** A word of a text, and where it stands in it. */
export interface Word {
  /** As it is compared: in small letters, Latin ones without their accents. */
  folded: string;
  start: number;
  /** The first place after it. */
  end: number;
}

/** Letters, digits and the accents that follow them; all else separates words, as SQLite's tokenizer `unicode61` has it. */
const word = /[\p{L}\p{N}\p{Co}](?:[\p{L}\p{N}\p{Co}]|\p{M})*/gu;

/** The words of a text, in their order. */
export function wordsOf(text: string): Word[] {
  return [...text.matchAll(word)].map((match) => ({
    folded: fold(match[0]),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/** What a search compares: every word after a space, so that ` wo` finds what begins so. */
export function searchableText(text: string): string {
  return wordsOf(text)
    .map(({ folded }) => ` ${folded}`)
    .join("");
}

/**
 * What is looked for: each word of the query that has letters or digits, with those in the middle of which something else stands as
 * the words that follow each other there. The last letters of each may be missing.
 */
export function phrasesOf(query: string): string[][] {
  return query
    .split(/[\s\0]+/)
    .map((part) => wordsOf(part).map(({ folded }) => folded))
    .filter((phrase) => phrase.length > 0);
}

function fold(text: string): string {
  let folded = "";
  for (const letter of text.replace(/\p{M}/gu, "")) {
    const [base = letter, ...marks] = letter.normalize("NFD");
    folded += (marks.length > 0 && /[A-Za-z]/.test(base) ? base : letter).toLowerCase().replace("ς", "σ");
  }
  return folded;
}

/** A word as it has to be typed, so that a shell takes it for one: in quotes where it needs them. */
export function quoteWord(word: string): string {
  return /^[\p{L}\p{N}_./:@%+=,~-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

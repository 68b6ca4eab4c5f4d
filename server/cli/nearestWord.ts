/** More mistakes than this are no slip of the fingers. */
const maxMistakes = 2;

/** The word that was probably meant: the one with the fewest mistakes, when those are few for its length. */
export function nearestWord(typed: string, words: readonly string[]): string | undefined {
  const wanted = typed.toLowerCase();
  const [nearest] = words
    .map((word) => ({ word, mistakes: mistakesBetween(wanted, word) }))
    .filter(({ word, mistakes }) => mistakes <= Math.min(maxMistakes, Math.floor(word.length / 2)))
    .sort((a, b) => a.mistakes - b.mistakes);
  return nearest?.word;
}

/** Letters that are missing, too many, wrong or changed places: the optimal string alignment distance. */
function mistakesBetween(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (rows[i - 1]?.[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (rows[i - 1]?.[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        swapped ? (rows[i - 2]?.[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? 0;
}

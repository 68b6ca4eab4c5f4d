/**
 * Which option of a list gets the focus for a key: arrows, Home and End, or the next one that begins with the typed letter.
 * Undefined: the key is none of the list's.
 */
export function pickByKey(key: string, current: number, names: readonly string[]): number | undefined {
  const last = names.length - 1;
  if (last < 0) return undefined;
  switch (key) {
    case "ArrowDown":
      return Math.min(last, current + 1);
    case "ArrowUp":
      return Math.max(0, current - 1);
    case "Home":
      return 0;
    case "End":
      return last;
  }
  if (key.length !== 1 || key === " ") return undefined;
  for (let step = 1; step <= names.length; step++) {
    const index = (current + step) % names.length;
    if (names[index]?.toLowerCase().startsWith(key.toLowerCase())) return index;
  }
  return undefined;
}

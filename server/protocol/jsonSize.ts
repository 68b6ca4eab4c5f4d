/** JSON deeper than this is none that anybody meant; what walks it may call itself. */
const maxJsonDepth = 100;

/**
 * The length of a JSON value as text, in UTF-16 units; infinite where it is nested more than {@link maxJsonDepth} deep, which would
 * be more than the stack holds.
 */
export function jsonLength(value: unknown): number {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxJsonDepth) return Number.POSITIVE_INFINITY;
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
  }
  return JSON.stringify(value).length;
}

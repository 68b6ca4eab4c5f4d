/** The parser's word on what was typed wrongly, as a person says it. `command`: the one that was named. */
export function describeMisuse(message: string, command: string | undefined): string {
  const missing = /^missing required args for command `(.+)`$/.exec(message);
  if (missing !== null) return `Something is missing: cria ${missing[1]}`;
  const unused = /^Unused args: (.+)$/.exec(message);
  if (unused !== null) return `cria ${command ?? ""} does not take ${unused[1]?.replaceAll("`", '"')}.`;
  const unvalued = /^option `(.+)` value is missing$/.exec(message);
  return unvalued === null ? message : `A value is missing: ${unvalued[1]}`;
}

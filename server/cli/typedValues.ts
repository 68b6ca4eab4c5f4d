import type { CAC, Command } from "cac";

/** Stands before a value on its way through the parser; no argument of a process can hold it. */
const mark = "\0";

/**
 * The command line in a form whose values the parser leaves as they were typed. By itself it makes numbers of `007`, of the empty text and of a
 * token of digits, and takes a value that begins with a dash (`-1`, `- a list`) for a flag. {@link unmarkValues} takes the marks off again.
 */
export function markValues(cli: CAC, argv: readonly string[]): string[] {
  const named = cli.commands.filter((command) => command.isMatched(argv[2] ?? ""));
  const valued = valuedFlags(named.length > 0 ? named : cli.commands);
  const marked: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? "";
    if (argument === "--") return [...marked, ...argv.slice(index)];
    const [name = "", ...value] = argument.split("=");
    const next = argv[index + 1];
    const flag = argument.startsWith("-") ? valued.get(camelCase(name)) : undefined;
    if (flag === undefined) marked.push(argument);
    else if (value.length > 0) marked.push(`--${flag}=${mark}${value.join("=")}`);
    else if (next !== undefined && isValue(next)) {
      marked.push(`--${flag}=${mark}${next}`);
      index++;
    } else marked.push(argument);
  }
  return marked;
}

/** Takes the marks off what the parser read. */
export function unmarkValues(options: Record<string, unknown>): void {
  const unmark = (value: unknown) => (typeof value === "string" && value.startsWith(mark) ? value.slice(1) : value);
  for (const [name, value] of Object.entries(options))
    options[name] = Array.isArray(value) ? value.map(unmark) : unmark(value);
}

/** The texts of a flag that may be given several times, in order. */
export function textsOf(value: unknown): string[] {
  return value === undefined ? [] : [value].flat().map(String);
}

/** The flags that have a value: from each name, as the parser writes it, to the one under which commands read it. */
function valuedFlags(commands: readonly Command[]): Map<string, string> {
  const flags = commands.flatMap(({ options }) => options).filter(({ required }) => required === true);
  return new Map(flags.flatMap(({ name, names }) => names.map((other) => [other, name])));
}

function camelCase(flag: string): string {
  return flag.replace(/^-+/, "").replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Not a flag: what begins with a dash is one, unless it is a negative number, a dash alone, or has words after it. */
function isValue(argument: string): boolean {
  return !argument.startsWith("-") || /^-(\.?\d|$|.*\s)/s.test(argument);
}

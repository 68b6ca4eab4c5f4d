/**
 * The values of a text flag as they were typed, in order: the command-line parser makes numbers of `007` and of the empty text.
 * `names` with their dashes; both `--name value` and `--name=value` count, up to a lone `--`.
 */
export function textFlags(names: readonly string[], argv: readonly string[] = process.argv): string[] {
  const values: string[] = [];
  for (let index = 0; index < argv.length && argv[index] !== "--"; index++) {
    const argument = argv[index] ?? "";
    const next = argv[index + 1];
    if (names.includes(argument) && next !== undefined) {
      values.push(next);
      index++;
    } else if (names.some((name) => argument.startsWith(`${name}=`)))
      values.push(argument.slice(argument.indexOf("=") + 1));
  }
  return values;
}

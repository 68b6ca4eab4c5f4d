/** Colours for a stream, or none: only on a terminal that can show them, and never against the user's word (https://no-color.org). */
export interface TerminalStyle {
  dim(text: string): string;
  bold(text: string): string;
  prompt(text: string): string;
  error(text: string): string;
}

export function terminalStyle(
  stream: { isTTY?: boolean },
  environment: NodeJS.ProcessEnv = process.env,
): TerminalStyle {
  const colours = stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== "dumb";
  const wrap = (start: number, end: number) => (text: string) =>
    colours ? `\u{1b}[${start}m${text}\u{1b}[${end}m` : text;
  return { dim: wrap(2, 22), bold: wrap(1, 22), prompt: wrap(36, 39), error: wrap(31, 39) };
}

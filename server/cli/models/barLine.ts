const barLength = 24;

/** Of a terminal that does not say how wide it is. */
export const usualColumns = 80;

/** What a bar says beside how far it is. */
export interface BarText {
  message: string;
  /** `, 3.1 GB of 13.5 GB, 4 min left`: of more use than a long name, so it stays when the line is cut. */
  details: string;
}

/** One line of progress that is no wider than the terminal: the message is cut first, then the bar goes. `share`: from 0 to 1. */
export function barLine(share: number, { message, details }: BarText, columns: number): string {
  const done = Math.round(Math.min(1, Math.max(0, share)) * barLength);
  const percentage = `${Math.floor(share * 100)}%`;
  const bar = `${"█".repeat(done)}${"░".repeat(barLength - done)} ${percentage}`;
  // The last column stays free: some terminals go on to the next line when it is written to.
  const room = columns - 1;
  const heads = [
    { head: ` ${bar} `, shortest: 16 },
    { head: ` ${percentage} `, shortest: 8 },
  ];
  for (const { head, shortest } of heads) {
    const left = room - head.length - details.length;
    // Less of the message than that says nothing.
    if (left >= Math.min(message.length, shortest)) return `${head}${cut(message, left)}${details}`;
  }
  return cut(` ${percentage} ${message}${details}`, room);
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`;
}

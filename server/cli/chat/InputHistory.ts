import { appendFile, readFile } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";

const keptEntries = 1000;

/** What was typed in earlier talks, newest first: one JSON string per line of a file that only its owner can read. */
export class InputHistory {
  readonly #path: string;
  readonly #entries: string[];

  private constructor(path: string, entries: string[]) {
    this.#path = path;
    this.#entries = entries;
  }

  /** A file that is not there or cannot be read is an empty history; a line that is damaged is left out. */
  static async open(path: string): Promise<InputHistory> {
    const lines = (await readFile(path, "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
    const entries = lines.map(parseEntry).filter((entry) => entry !== undefined);
    const kept = entries.slice(-keptEntries);
    if (lines.length > 2 * keptEntries)
      await writeFileAtomic(path, kept.map((entry) => `${JSON.stringify(entry)}\n`).join(""), { mode: 0o600 }).catch(
        () => {},
      );
    return new InputHistory(path, kept.reverse());
  }

  get entries(): readonly string[] {
    return this.#entries;
  }

  /** The same text twice in a row counts once. A disk that is full costs the history, not the talk. */
  async add(text: string): Promise<void> {
    if (text.trim() === "" || this.#entries[0] === text) return;
    this.#entries.unshift(text);
    this.#entries.splice(keptEntries);
    await appendFile(this.#path, `${JSON.stringify(text)}\n`, { mode: 0o600 }).catch(() => {});
  }
}

function parseEntry(line: string): string | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "string" ? entry : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Puts one message together from lines. `"""` opens a message of several lines that the next `"""` closes; a `\` at a line's end
 * goes on with the next. Anything else is a message by itself.
 */
export class MessageReader {
  #lines: string[] = [];
  #block = false;

  /** A message has been begun. */
  get open(): boolean {
    return this.#lines.length > 0 || this.#block;
  }

  /** The message when this line ends it, else `undefined`. */
  push(line: string): string | undefined {
    if (this.#block) {
      const end = line.indexOf('"""');
      if (end < 0) {
        this.#lines.push(line);
        return undefined;
      }
      if (end > 0) this.#lines.push(line.slice(0, end));
      return this.#take();
    }
    if (!this.open && line.trimStart().startsWith('"""')) {
      this.#block = true;
      const rest = line.trimStart().slice(3);
      return rest === "" ? undefined : this.push(rest);
    }
    if (line.endsWith("\\")) {
      this.#lines.push(line.slice(0, -1));
      return undefined;
    }
    this.#lines.push(line);
    return this.#take();
  }

  /** Forgets what was begun. */
  clear(): void {
    this.#lines = [];
    this.#block = false;
  }

  #take(): string {
    const message = this.#lines.join("\n");
    this.clear();
    return message;
  }
}

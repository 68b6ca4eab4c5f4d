import { write, writeSync } from "node:fs";

/** While nobody takes what is written, so much is kept; lines that come then are lost and counted. */
const mostWaitingLength = 1 << 20;
/** A pipe that takes nothing at the moment is tried again after so long. */
const againMs = 50;

/**
 * Where the log goes. Whatever becomes of its reader, the server goes on: a terminal that was stopped or a pipe that nobody reads holds
 * up no reply, since lines wait for it beside the event loop, and a full disk costs the lines alone. How many were lost is the next line
 * that can be written. Not pino's own destination (sonic-boom 4): at the end of the process it tries for ever to write to a full disk.
 */
export class LogOutput {
  readonly #fd: number;
  #waiting: string[] = [];
  #waitingLength = 0;
  #lost = 0;
  #writing = false;
  /** The last thing that was written is half a line. */
  #broken = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** `line` with its end. */
  write(line: string): void {
    if (this.#waitingLength + line.length > mostWaitingLength) {
      this.#lost++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingLength += line.length;
    if (!this.#writing) this.#writeWaiting();
  }

  /** Writes at once what waits, for a process that ends. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    try {
      writeSync(this.#fd, this.#take().text);
    } catch {
      // Nobody is left to be told.
    }
  }

  #writeWaiting(): void {
    this.#writing = true;
    const { text, lines, told } = this.#take();
    this.#writeRest(Buffer.from(text), (error) => {
      if (error === null) this.#lost -= told;
      else this.#lost += lines;
      this.#writing = false;
      if (this.#waiting.length > 0) this.#writeWaiting();
    });
  }

  #writeRest(bytes: Buffer, done: (error: Error | null) => void): void {
    write(this.#fd, bytes, (error, writtenBytes) => {
      if (error?.code === "EAGAIN") {
        setTimeout(() => this.#writeRest(bytes, done), againMs).unref();
        return;
      }
      if (error === null && writtenBytes < bytes.length) {
        this.#broken = true;
        this.#writeRest(bytes.subarray(writtenBytes), done);
        return;
      }
      if (error === null) this.#broken = false;
      done(error);
    });
  }

  #take(): { text: string; lines: number; told: number } {
    const lines = this.#waiting;
    const told = this.#lost;
    this.#waiting = [];
    this.#waitingLength = 0;
    const text = `${this.#broken ? "\n" : ""}${told > 0 ? lostLine(told) : ""}${lines.join("")}`;
    return { text, lines: lines.length, told };
  }
}

function lostLine(lost: number): string {
  return `${JSON.stringify({ level: 40, time: new Date().toISOString(), lost, msg: "lines of the log could not be written" })}\n`;
}

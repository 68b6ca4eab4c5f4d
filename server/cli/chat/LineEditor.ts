import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { ReadStream } from "node:tty";
import type { InputHistory } from "./InputHistory.js";
import { KeyFilter, lineBreakMark } from "./KeyFilter.js";
import { MessageReader } from "./MessageReader.js";

/** What someone did at the prompt. `interrupt`: Ctrl-C; `empty` when nothing had been typed. `end`: Ctrl-D, or the terminal is gone. */
export type Entry = { type: "message"; text: string } | { type: "interrupt"; empty: boolean } | { type: "end" };

/** A terminal's keys, as `process.stdin` gives them. */
export type TerminalInput = Readable & Pick<ReadStream, "setRawMode">;

const pasteMarkersOn = "\u{1b}[?2004h";
const pasteMarkersOff = "\u{1b}[?2004l";

/** A prompt on a terminal: line editing, arrow keys through the history, messages of several lines, pasted text as one message. */
export class LineEditor {
  readonly #input: TerminalInput;
  readonly #output: Writable;
  readonly #history: InputHistory;
  readonly #keys: KeyFilter;

  constructor(input: TerminalInput, output: Writable, history: InputHistory) {
    this.#input = input;
    this.#output = output;
    this.#history = history;
    this.#keys = new KeyFilter(input);
    input.pipe(this.#keys);
    output.write(pasteMarkersOn);
  }

  /** Asks for one message. */
  async read(prompt: string, continuation: string): Promise<Entry> {
    if (this.#keys.readableEnded) return { type: "end" };
    const lines = createInterface({
      input: this.#keys,
      output: this.#output,
      terminal: true,
      prompt,
      history: this.#history.entries.map((text) => text.replaceAll("\n", lineBreakMark)),
      historySize: 1000,
    });
    const message = new MessageReader();
    try {
      return await new Promise<Entry>((resolve) => {
        lines.on("line", (line) => {
          const text = message.push(line.replaceAll(lineBreakMark, "\n"));
          if (text !== undefined) resolve({ type: "message", text });
          else {
            lines.setPrompt(continuation);
            lines.prompt();
          }
        });
        lines.once("SIGINT", () => {
          // So that the next thing written does not land in the line that was given up.
          this.#output.write("\n");
          resolve({ type: "interrupt", empty: lines.line === "" && !message.open });
        });
        lines.once("close", () => resolve({ type: "end" }));
        lines.prompt();
        // After the prompt, which puts the cursor at the beginning.
        this.#keys.release();
      }).then(async (entry) => {
        if (entry.type === "message") await this.#history.add(entry.text);
        return entry;
      });
    } finally {
      lines.close();
    }
  }

  /** Until the next {@link read}: keys are kept for it, and Ctrl-C calls `onInterrupt`. */
  watch(onInterrupt: () => void): void {
    this.#keys.hold(onInterrupt);
    this.#keys.resume();
  }

  close(): void {
    this.#output.write(pasteMarkersOff);
    this.#input.unpipe(this.#keys);
    this.#input.setRawMode(false);
    this.#input.pause();
  }
}

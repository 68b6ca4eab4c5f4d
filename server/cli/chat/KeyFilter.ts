import { Transform, type TransformCallback } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { ReadStream } from "node:tty";

/** Stands for a line break inside one line of input, where a real one would send it. */
export const lineBreakMark = "⏎";

const pasteStart = "\u{1b}[200~";
const pasteEnd = "\u{1b}[201~";
const interruptKey = "\u{3}";

/**
 * Stands between a terminal's keys and the line editor. Line breaks in pasted text become marks, so that a pasted paragraph is one
 * message. While a reply streams, keys are held back for the next line, and Ctrl-C alone is heard at once.
 */
export class KeyFilter extends Transform {
  /** The line editor treats this stream as the terminal that it filters. */
  readonly isTTY = true;
  readonly #terminal: Pick<ReadStream, "setRawMode">;
  readonly #decoder = new StringDecoder("utf8");
  #onInterrupt: (() => void) | undefined;
  #held = "";
  #pasting = false;
  /** The beginning of a paste marker that may go on in the next chunk. */
  #rest = "";

  constructor(terminal: Pick<ReadStream, "setRawMode">) {
    super();
    this.#terminal = terminal;
  }

  setRawMode(raw: boolean): this {
    this.#terminal.setRawMode(raw);
    return this;
  }

  /** From now on keys are kept, and Ctrl-C calls `onInterrupt`. */
  hold(onInterrupt: () => void): void {
    this.#terminal.setRawMode(true);
    this.#onInterrupt = onInterrupt;
  }

  /** Lets the keys through again, those that were kept first. */
  release(): void {
    this.#onInterrupt = undefined;
    if (this.#held !== "") this.push(this.#held);
    this.#held = "";
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    let keys = this.#markPastes(this.#decoder.write(chunk));
    if (this.#onInterrupt !== undefined) {
      const interrupts = keys.split(interruptKey).length - 1;
      keys = keys.replaceAll(interruptKey, "");
      this.#held += keys;
      for (let count = 0; count < interrupts; count++) this.#onInterrupt?.();
      callback();
    } else callback(null, keys);
  }

  /** Takes the terminal's paste markers out and turns the line breaks between them into marks. */
  #markPastes(keys: string): string {
    let input = this.#rest + keys;
    this.#rest = "";
    let output = "";
    for (;;) {
      const marker = this.#pasting ? pasteEnd : pasteStart;
      const at = input.indexOf(marker);
      const text = at < 0 ? input : input.slice(0, at);
      if (at < 0) {
        const partial = partialMarker(text, marker);
        this.#rest = text.slice(text.length - partial);
        return output + this.#marked(text.slice(0, text.length - partial));
      }
      output += this.#marked(text);
      this.#pasting = !this.#pasting;
      input = input.slice(at + marker.length);
    }
  }

  #marked(text: string): string {
    return this.#pasting ? text.replace(/\r\n|\r|\n/g, lineBreakMark) : text;
  }
}

/** Length of the marker's beginning that `text` ends with. A lone Escape waits for the next key, as every line editor has it. */
function partialMarker(text: string, marker: string): number {
  for (let length = marker.length - 1; length >= 1; length--) if (text.endsWith(marker.slice(0, length))) return length;
  return 0;
}

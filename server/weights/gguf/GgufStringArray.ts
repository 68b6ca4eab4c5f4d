import type { GgufStrings } from "./GgufValue.js";

/** LLaMA's vocabulary has the byte order mark as a token of its own, which a decoder would take away. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * An array of strings as it lies in a file: per string its length as a 64-bit integer, then its UTF-8 bytes. A vocabulary
 * of 128,000 tokens so costs its bytes and four more per token; a string is decoded when it is asked for.
 */
export class GgufStringArray implements GgufStrings {
  readonly length: number;
  /** The strings with their length prefixes, exactly as in the file. */
  readonly encoded: Uint8Array;
  /** Where each string's bytes start in `encoded`, after the prefix; the last entry is where one more would start. */
  readonly #starts: Uint32Array;

  constructor(encoded: Uint8Array, starts: Uint32Array) {
    this.encoded = encoded;
    this.#starts = starts;
    this.length = starts.length - 1;
  }

  /** The string's bytes: not every vocabulary in the wild is valid UTF-8. */
  bytesAt(index: number): Uint8Array | undefined {
    const start = this.#starts[index];
    const next = this.#starts[index + 1];
    return start === undefined || next === undefined ? undefined : this.encoded.subarray(start, next - 8);
  }

  at(index: number): string | undefined {
    const bytes = this.bytesAt(index);
    return bytes === undefined ? undefined : decoder.decode(bytes);
  }

  *[Symbol.iterator](): Iterator<string> {
    for (let index = 0; index < this.length; index += 1) {
      const text = this.at(index);
      if (text !== undefined) yield text;
    }
  }
}

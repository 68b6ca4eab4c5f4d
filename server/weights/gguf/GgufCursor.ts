import type { RandomBytes } from "../RandomBytes.js";
import { ggufError } from "./ggufError.js";

const windowBytes = 256 * 1024;

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenientDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads a header from its start through a small window, so that a lying length costs no memory: every read is checked
 * against the bytes that are left before anything is allocated.
 */
export class GgufCursor {
  readonly #source: RandomBytes;
  /** Nothing may be read at or past this offset: the file's end or the header's largest size. */
  readonly #limit: number;
  #window: DataView = new DataView(new ArrayBuffer(0));
  #windowStart = 0;
  #inWindow = 0;

  constructor(source: RandomBytes, headerLimitBytes: number) {
    this.#source = source;
    this.#limit = Math.min(source.sizeBytes, headerLimitBytes);
  }

  /** Offset in the file of the next byte. */
  get position(): number {
    return this.#windowStart + this.#inWindow;
  }

  /** Bytes of the file, or of what a header may take, that are still to come. */
  get remaining(): number {
    return this.#limit - this.position;
  }

  /** Bytes that can be read without touching the file. */
  get buffered(): number {
    return this.#window.byteLength - this.#inWindow;
  }

  fail(problem: string, hint?: string): never {
    throw ggufError(this.#source.name, problem, hint);
  }

  /** Makes sure that the next `count` bytes are in the window. `what` names them in the error. */
  async need(count: number, what: string): Promise<void> {
    if (this.buffered >= count) return;
    this.#checkRemaining(count, what);
    const start = this.position;
    const length = Math.min(Math.max(count, windowBytes), this.#limit - start);
    const bytes = await this.#source.read(start, length);
    this.#window = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#windowStart = start;
    this.#inWindow = 0;
  }

  /** A copy of the next `count` bytes, however many. */
  async take(count: number, what: string): Promise<Uint8Array<ArrayBuffer>> {
    this.#checkRemaining(count, what);
    const bytes = new Uint8Array(count);
    const buffered = Math.min(count, this.buffered);
    bytes.set(this.view(buffered));
    if (buffered < count) {
      bytes.set(await this.#source.read(this.position, count - buffered), buffered);
      this.#windowStart = this.position + count - buffered;
      this.#window = new DataView(new ArrayBuffer(0));
      this.#inWindow = 0;
    }
    return bytes;
  }

  /** The next `count` buffered bytes, not copied: valid until the next `need` or `take`. */
  view(count: number): Uint8Array {
    const bytes = new Uint8Array(this.#window.buffer, this.#window.byteOffset + this.#inWindow, count);
    this.#inWindow += count;
    return bytes;
  }

  /** All buffered bytes, not copied and not passed: valid until the next `need` or `take`. */
  peek(): Uint8Array {
    return new Uint8Array(this.#window.buffer, this.#window.byteOffset + this.#inWindow, this.buffered);
  }

  /** A 32-bit unsigned integer that is in the window already. */
  uint32(): number {
    const value = this.#window.getUint32(this.#inWindow, true);
    this.#inWindow += 4;
    return value;
  }

  /**
   * A 64-bit unsigned count, length or offset that is in the window already. Above 2^53 the number is rounded, which
   * every check against a file's size refuses all the same.
   */
  uint64(): number {
    const low = this.#window.getUint32(this.#inWindow, true);
    const high = this.#window.getUint32(this.#inWindow + 4, true);
    this.#inWindow += 8;
    return high * 2 ** 32 + low;
  }

  /** A length-prefixed name: strict UTF-8, 1 to `maxBytes` bytes, no NUL. */
  async name(maxBytes: number, what: string): Promise<string> {
    await this.need(8, what);
    const length = this.uint64();
    if (length === 0) this.fail(`${what} is empty`);
    if (length > maxBytes) this.fail(`${what} is ${length} bytes long; at most ${maxBytes} are allowed`);
    await this.need(length, what);
    let text: string;
    try {
      text = strictDecoder.decode(this.view(length));
    } catch {
      this.fail(`${what} is not valid UTF-8`);
    }
    if (text.includes("\0")) this.fail(`${what} contains a NUL character`);
    return text;
  }

  /** A length-prefixed text. */
  async text(what: string): Promise<string> {
    await this.need(8, what);
    return lenientDecoder.decode(await this.take(this.uint64(), what));
  }

  #checkRemaining(count: number, what: string): void {
    if (count <= this.remaining) return;
    if (this.#limit < this.#source.sizeBytes && count <= this.#source.sizeBytes - this.position)
      this.fail(`its header is larger than ${this.#limit / 2 ** 20} MiB (in ${what})`);
    this.fail(`it ends in the middle of ${what}`);
  }
}

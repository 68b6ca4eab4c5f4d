import type { RandomBytes } from "../RandomBytes.js";
import { ggmlError } from "./ggmlError.js";

/**
 * Walks through a file of the old formats, reading a window at a time. Every length is compared with the bytes that are
 * left before anything is read or allocated.
 */
export class GgmlCursor {
  readonly #source: RandomBytes;
  readonly #windowBytes: number;
  #window: DataView = new DataView(new ArrayBuffer(0));
  #windowStart = 0;
  #position: number;

  constructor(source: RandomBytes, position: number, windowBytes: number) {
    this.#source = source;
    this.#windowBytes = windowBytes;
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  get atEnd(): boolean {
    return this.#position === this.#source.sizeBytes;
  }

  fail(problem: string, hint?: string): never {
    throw ggmlError(this.#source.name, problem, hint);
  }

  /** Passes `count` bytes without reading them. */
  skip(count: number, what: string): void {
    this.#check(count, what);
    this.#position += count;
  }

  /** `count` unsigned 32-bit integers. */
  async uint32s(count: number, what: string): Promise<number[]> {
    const view = await this.#next(count * 4, what);
    return Array.from({ length: count }, (_, index) => view.getUint32(index * 4, true));
  }

  async float32(what: string): Promise<number> {
    return (await this.#next(4, what)).getFloat32(0, true);
  }

  /** A copy. */
  async bytes(count: number, what: string): Promise<Uint8Array> {
    const view = await this.#next(count, what);
    return new Uint8Array(view.buffer, view.byteOffset, count).slice();
  }

  async #next(count: number, what: string): Promise<DataView> {
    this.#check(count, what);
    const inWindow = this.#position - this.#windowStart;
    if (inWindow < 0 || inWindow + count > this.#window.byteLength) {
      const length = Math.min(Math.max(count, this.#windowBytes), this.#source.sizeBytes - this.#position);
      const bytes = await this.#source.read(this.#position, length);
      this.#window = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#windowStart = this.#position;
    }
    const start = this.#window.byteOffset + this.#position - this.#windowStart;
    this.#position += count;
    return new DataView(this.#window.buffer, start, count);
  }

  #check(count: number, what: string): void {
    if (this.#position + count > this.#source.sizeBytes)
      this.fail(
        `it ends in the middle of ${what}`,
        "The download was cut off: download the file again, or copy it again.",
      );
  }
}

import type { FileHandle } from "node:fs/promises";
import type { RangeSet } from "./RangeSet.js";

/** What a download gives to those who read its file before it is whole. */
interface Growing {
  file: FileHandle;
  done: RangeSet;
  /** Makes what is there durable, and notes it. */
  save: () => Promise<void>;
}

interface Waiter {
  start: number;
  end: number;
  wake: () => void;
}

/**
 * A file that is read while it is being fetched: each read waits until its bytes are on the disk, and the download fetches first what is
 * waited for. What is read so has not been compared with the file's checksum; whoever uses it must not trust it before the download
 * has ended well.
 */
export class GrowingFile {
  readonly #dropping: (touched: boolean) => Promise<boolean>;
  #growing: Growing | undefined;
  #waiting: Waiter[] = [];
  #touched = false;
  #over = false;
  #failure: { error: unknown } | undefined;

  /**
   * `dropping`: called before the download drops what it has, because it is not what it should be; with whether some of it was read.
   * Resolves to whether somebody used it, who must then begin anew.
   */
  constructor(dropping: (touched: boolean) => Promise<boolean>) {
    this.#dropping = dropping;
  }

  /** The bytes as soon as they are there; `undefined` once the download is over. Rejects with why it failed. */
  async read(offset: number, length: number): Promise<Uint8Array | undefined> {
    const end = offset + length;
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#over) return undefined;
      const growing = this.#growing;
      if (growing?.done.includes(offset, end) === true) {
        this.#touched = true;
        return await readFully(growing.file, offset, length);
      }
      await new Promise<void>((wake) => this.#waiting.push({ start: offset, end, wake }));
    }
  }

  /** Makes durable whatever has been read. */
  async save(): Promise<void> {
    await this.#growing?.save();
  }

  /** Where the first byte lies that somebody waits for. */
  get wantedOffset(): number | undefined {
    const [first] = this.#waiting;
    return first === undefined ? undefined : this.#growing?.done.firstMissing(first.start);
  }

  /** The download's side: what is there may be read from now on. */
  begin(growing: Growing): void {
    this.#growing = growing;
    this.arrived();
  }

  get begun(): boolean {
    return this.#growing !== undefined;
  }

  /** Something more is there. */
  arrived(): void {
    const done = this.#growing?.done;
    if (this.#waiting.length === 0 || done === undefined) return;
    const ready = this.#waiting.filter(({ start, end }) => done.includes(start, end));
    if (ready.length > 0) this.#wake(ready);
  }

  /** Nothing can be read for now. */
  suspend(): void {
    this.#growing = undefined;
  }

  /** What is there goes. Resolves to whether somebody has used some of it. */
  async drop(): Promise<boolean> {
    this.suspend();
    return await this.#dropping(this.#touched);
  }

  /** The file is whole and checked, under its name. */
  finish(): void {
    this.suspend();
    this.#over = true;
    this.#wake(this.#waiting);
  }

  fail(error: unknown): void {
    this.suspend();
    this.#failure = { error };
    this.#wake(this.#waiting);
  }

  #wake(waiters: readonly Waiter[]): void {
    this.#waiting = this.#waiting.filter((waiter) => !waiters.includes(waiter));
    for (const { wake } of waiters) wake();
  }
}

async function readFully(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw new Error("the file ended before its end");
    done += bytesRead;
  }
  return bytes;
}

import { appendFile, readFile, rm } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";

const indexSchema = z.object({
  identity: z.string(),
  /** `position`: where the range lies in the file of ranges. */
  ranges: z.array(z.object({ offset: z.int().min(0), length: z.int().min(1), position: z.int().min(0) })).max(100_000),
});

/**
 * The parts of a weights file that say what is in it, kept beside it: they are needed before the file is there, and again by a run that
 * goes on after the file was used up and deleted.
 */
export class HeaderCache {
  readonly #path: string;
  readonly #identity: string;
  #ranges: { offset: number; bytes: Uint8Array }[] | undefined;

  /** `identity`: another version of the file has another one. */
  constructor(path: string, identity: string) {
    this.#path = path;
    this.#identity = identity;
  }

  /** The bytes, if one of the kept ranges has them all. */
  async read(offset: number, length: number): Promise<Uint8Array | undefined> {
    for (const range of await this.#load())
      if (range.offset <= offset && offset + length <= range.offset + range.bytes.length)
        return range.bytes.slice(offset - range.offset, offset - range.offset + length);
    return undefined;
  }

  async add(offset: number, bytes: Uint8Array): Promise<void> {
    const ranges = await this.#load();
    await appendFile(this.#path, bytes, { mode: 0o600 });
    ranges.push({ offset, bytes });
    let position = 0;
    const index = ranges.map((range) => {
      const entry = { offset: range.offset, length: range.bytes.length, position };
      position += range.bytes.length;
      return entry;
    });
    await writeFileAtomic(`${this.#path}.json`, JSON.stringify({ identity: this.#identity, ranges: index }), {
      mode: 0o600,
    });
  }

  /** Whether the finished file has the bytes that were taken for its own. */
  async agreesWith(read: (offset: number, length: number) => Promise<Uint8Array>): Promise<boolean> {
    for (const { offset, bytes } of await this.#load())
      if (Buffer.compare(await read(offset, bytes.length), bytes) !== 0) return false;
    return true;
  }

  async forget(): Promise<void> {
    this.#ranges = undefined;
    await rm(`${this.#path}.json`, { force: true });
    await rm(this.#path, { force: true });
  }

  async #load(): Promise<{ offset: number; bytes: Uint8Array }[]> {
    if (this.#ranges !== undefined) return this.#ranges;
    try {
      const index = indexSchema.parse(JSON.parse(await readFile(`${this.#path}.json`, "utf8")));
      const all = await readFile(this.#path);
      const ranges = index.ranges.map(({ offset, length, position }) => ({
        offset,
        bytes: new Uint8Array(all.subarray(position, position + length)),
      }));
      const end = index.ranges.reduce((most, { position, length }) => Math.max(most, position + length), 0);
      // Bytes behind the last range were added by a run that was killed before it noted them.
      if (index.identity === this.#identity && all.length === end) {
        this.#ranges = ranges;
        return ranges;
      }
    } catch {
      // None yet, or half written.
    }
    await this.forget();
    this.#ranges = [];
    return this.#ranges;
  }
}

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../platform/AppError.js";
import type { CheckpointFiles } from "../weights/CheckpointFiles.js";
import { openFileBytes, type RandomBytes } from "../weights/RandomBytes.js";
import type { fetchRange } from "./download/fetchRange.js";
import { GrowingFile } from "./download/GrowingFile.js";
import { HeaderCache } from "./HeaderCache.js";
import type { RemotePart, SourceFile } from "./InstallJob.js";
import { ShardWindow } from "./ShardWindow.js";

/** Reads a little more than is asked for: what describes the weights lies together. */
const headBytes = 256 * 1024;
const pieceBytes = 16 * 1024;

export interface PartFilesOptions {
  /** What the model is called when nothing else says it. */
  name: string;
  part: RemotePart;
  /** Where the files are, or will be. */
  folder: string;
  keep: boolean;
  /** Local names of the weights that earlier runs fetched, and how many shards they used up. */
  there: ReadonlySet<string>;
  firstNeeded: number;
  /** Fetches a file into `folder`, whole and checked; it may be read through `growing` before. */
  fetch: (file: SourceFile, growing: GrowingFile) => Promise<void>;
  /** Called before what is there of a file is dropped. Resolves to whether something was made of it, which is void now. */
  dropping: (index: number, touched: boolean) => Promise<boolean>;
  /** Reads a range of a file from its source; `undefined` when it answers no ranges. */
  range: (file: SourceFile, offset: number, length: number) => ReturnType<typeof fetchRange>;
}

/**
 * A checkpoint's files while they are still being fetched. What describes the weights is read by ranges, before any of them is there;
 * from {@link readWeights} on a read waits until its bytes have come. They have been compared with the files' checksums when
 * {@link settle} has resolved.
 */
export class PartFiles implements CheckpointFiles {
  readonly name: string;
  readonly fileNames: ReadonlySet<string>;
  readonly #options: PartFilesOptions;
  readonly #window: ShardWindow;
  readonly #growing: GrowingFile[];
  readonly #arrivals = new Map<number, Promise<void>>();
  readonly #opened = new Map<number, RandomBytes>();
  #readingWeights = false;

  constructor(options: PartFilesOptions) {
    const { part, there, firstNeeded, keep } = options;
    this.#options = options;
    this.name = options.name;
    this.fileNames = new Set([...part.descriptions, ...part.weights].map((file) => file.localName));
    this.#growing = part.weights.map(
      (_, index) => new GrowingFile((touched) => this.#options.dropping(index, touched)),
    );
    this.#window = new ShardWindow(
      part.weights.length,
      { fetch: (index) => this.#fetch(index), drop: (index) => this.#drop(index) },
      {
        there: part.weights.flatMap((file, index) => (there.has(file.localName) ? [index] : [])),
        firstNeeded,
        keep,
      },
    );
  }

  /** Of the weights, in their order. */
  get localNames(): string[] {
    return this.#options.part.weights.map((file) => file.localName);
  }

  /** Nothing is left to fetch. */
  get complete(): boolean {
    return this.#window.complete;
  }

  /** From now on whole files are fetched, in their order, and reads wait for them. */
  readWeights(): void {
    this.#readingWeights = true;
    this.#window.start();
  }

  /** How many of the first `count` weights files are there, whole and checked, or were used up. */
  settled(count: number): number {
    return this.#window.settled(count);
  }

  /** Resolves when every weights file has come and its checksum was right. Rejects with what is wrong. */
  async settle(): Promise<void> {
    const count = this.#growing.length;
    for (let index = this.settled(count); index < count; index = this.settled(count)) await this.#arrival(index);
  }

  /** Makes durable what was read so far. */
  async save(): Promise<void> {
    for (const growing of this.#growing) await growing.save();
  }

  /** The first `count` weights files are used up: they are deleted unless they are to be kept. */
  async release(count: number): Promise<void> {
    await this.#window.release(count);
  }

  async open(name: string): Promise<RandomBytes> {
    const { part, folder } = this.#options;
    const index = part.weights.findIndex((file) => file.localName === name);
    const file = part.weights[index];
    if (file === undefined) return await openFileBytes(join(folder, name));
    const head = new HeaderCache(join(folder, `${name}.head`), file.sha256 ?? file.url);
    // Without its size nothing can be read from its end: fetch it first.
    if (file.sizeBytes === undefined) await this.#window.need(index);
    const sizeBytes = file.sizeBytes ?? (await this.#local(index)).sizeBytes;
    return {
      name,
      sizeBytes,
      read: async (offset, length) => {
        if (!this.#readingWeights) {
          const described = await this.#readHead(head, file, index, offset, length, sizeBytes);
          if (described !== undefined) return described;
        }
        return await this.#readWeights(index, offset, length);
      },
      close: () => Promise.resolve(),
    };
  }

  /** Returns when nothing is being fetched any more; whoever closes has seen to it that nothing will be. */
  async close(): Promise<void> {
    await this.#window.idle();
    for (const index of [...this.#opened.keys()]) await this.#closeLocal(index);
  }

  async #readWeights(index: number, offset: number, length: number): Promise<Uint8Array> {
    if (!this.#window.has(index)) {
      const arrival = this.#arrival(index);
      const bytes = await this.#growing[index]?.read(offset, length);
      if (bytes !== undefined) return bytes;
      await arrival;
    }
    return await (await this.#local(index)).read(offset, length);
  }

  /** Asks for a file, once; resolves when it is there. */
  #arrival(index: number): Promise<void> {
    const known = this.#arrivals.get(index);
    if (known !== undefined) return known;
    const arrival = this.#window.need(index);
    // It may fail before its turn to be fetched comes.
    arrival.catch((error: unknown) => this.#growing[index]?.fail(error));
    this.#arrivals.set(index, arrival);
    return arrival;
  }

  async #readHead(
    head: HeaderCache,
    file: SourceFile,
    index: number,
    offset: number,
    length: number,
    sizeBytes: number,
  ): Promise<Uint8Array | undefined> {
    const kept = await head.read(offset, length);
    if (kept !== undefined) return kept;
    const wanted = Math.min(Math.max(length, offset === 0 ? headBytes : pieceBytes), sizeBytes - offset);
    const local = this.#options.there.has(file.localName) ? await this.#local(index) : undefined;
    const bytes =
      local === undefined ? await this.#options.range(file, offset, wanted) : await local.read(offset, wanted);
    if (bytes === undefined) return undefined;
    await head.add(offset, bytes);
    return bytes.slice(0, length);
  }

  async #fetch(index: number): Promise<void> {
    const file = this.#file(index);
    const growing = this.#growing[index];
    if (growing === undefined) throw new RangeError(`there is no shard ${index}`);
    try {
      await this.#options.fetch(file, growing);
      await this.#checkHead(file, index);
      growing.finish();
    } catch (error) {
      growing.fail(error);
      throw error;
    }
  }

  /** Compares the finished file with what was read of it before. */
  async #checkHead(file: SourceFile, index: number): Promise<void> {
    const head = new HeaderCache(join(this.#options.folder, `${file.localName}.head`), file.sha256 ?? file.url);
    const local = await this.#local(index);
    if (await head.agreesWith((offset, length) => local.read(offset, length))) return;
    // Its checksum is right, so what was read of it before was not.
    await head.forget();
    await this.#options.dropping(index, true);
    throw new AppError("download_corrupt", `${file.localName} is not what its beginning said it is.`, {
      hint: "Start again: it is read anew.",
    });
  }

  async #drop(index: number): Promise<void> {
    await this.#closeLocal(index);
    await rm(join(this.#options.folder, this.#file(index).localName), { force: true });
  }

  async #local(index: number): Promise<RandomBytes> {
    const known = this.#opened.get(index);
    if (known !== undefined) return known;
    const opened = await openFileBytes(join(this.#options.folder, this.#file(index).localName));
    // Another read may have been faster.
    const other = this.#opened.get(index);
    if (other !== undefined) {
      await opened.close();
      return other;
    }
    this.#opened.set(index, opened);
    return opened;
  }

  async #closeLocal(index: number): Promise<void> {
    const opened = this.#opened.get(index);
    this.#opened.delete(index);
    await opened?.close();
  }

  #file(index: number): SourceFile {
    const file = this.#options.part.weights[index];
    if (file === undefined) throw new RangeError(`there is no shard ${index}`);
    return file;
  }
}

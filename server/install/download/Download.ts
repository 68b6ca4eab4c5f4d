import type { FileHandle } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { AppError } from "../../platform/AppError.js";
import { backOffMs, type RetryOptions, retryDefaults, TransientError } from "../../platform/retry.js";
import { formatBytes } from "../formatBytes.js";
import { type DownloadState, saveDownloadState } from "./DownloadState.js";
import type { GrowingFile } from "./GrowingFile.js";
import type { HttpClient, HttpResponse } from "./HttpClient.js";
import { type FileDigests, PrefixHasher } from "./PrefixHasher.js";
import { type ByteRange, RangeSet } from "./RangeSet.js";
import { ReplacedError } from "./ReplacedError.js";
import { readSegment, type SegmentAnswer, SegmentFetcher } from "./SegmentFetcher.js";

/** One file to fetch. */
export interface DownloadRequest {
  url: URL;
  /** Where the finished, checked file goes. Until then its bytes lie in `<path>.partial`, what is there of it in `<path>.partial.json`. */
  path: string;
  /** What the source says the file is; `undefined` where it does not say. */
  sizeBytes: number | undefined;
  sha256: string | undefined;
  gitBlobId?: string | undefined;
  /** The most that a file of unknown size may have. */
  maxBytes: number;
  /** The error for an answer that is no success. */
  errorFor: (answer: HttpResponse) => AppError;
}

export interface DownloadSettings {
  /** Requests under way at once. */
  connections: number;
  /** The longest range that is asked for in one request. */
  segmentBytes: number;
  /** After so many new bytes the state is written: what is lost when the process is killed is little more. */
  saveEveryBytes: number;
  /** In each window some 4 kB must arrive. */
  stallWindowMs: number;
  retry: Partial<RetryOptions>;
}

export interface DownloadOptions {
  http: HttpClient;
  signal: AbortSignal;
  settings?: Partial<DownloadSettings> | undefined;
  /** For somebody who reads the file already while it is being fetched. */
  growing?: GrowingFile | undefined;
  /** Called for every piece: bytes on the disk now, of how many (0: not known yet). */
  onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
  onRetry?: ((error: AppError, delayMs: number) => void) | undefined;
}

const defaults: DownloadSettings = {
  connections: 4,
  segmentBytes: 16 * 2 ** 20,
  saveEveryBytes: 16 * 2 ** 20,
  stallWindowMs: 30_000,
  retry: { attempts: 8 },
};

/** An attempt that got so far before it failed counts as the first failure in a row. */
const healthyBytes = 64 * 2 ** 10;
const maxRestarts = 3;

/** Thrown inside to let all connections go and begin from the first byte: the file changed, or the server knows no ranges. */
class Restart extends Error {}

/** One run of fetching one file into its opened `.partial`. */
export class Download {
  fetchedBytes = 0;
  readonly #request: DownloadRequest;
  readonly #options: DownloadOptions;
  readonly #settings: DownloadSettings;
  readonly #retry: RetryOptions;
  readonly #file: FileHandle;
  readonly #fetcher: SegmentFetcher;
  readonly #state: DownloadState;
  readonly #hasher: PrefixHasher;
  /** Ranges that somebody is fetching. */
  readonly #taken = new Set<ByteRange>();
  #sizeKnown: boolean;
  /** Whether the server answers ranges; unknown before its first answer. */
  #ranged: boolean | undefined;
  #saving: Promise<void> | undefined;
  #unsavedBytes = 0;

  constructor(
    request: DownloadRequest,
    options: DownloadOptions,
    file: FileHandle,
    identity: string,
    state: DownloadState | undefined,
  ) {
    this.#request = request;
    this.#options = options;
    this.#settings = { ...defaults, ...options.settings };
    this.#retry = { ...retryDefaults, ...defaults.retry, ...options.settings?.retry };
    this.#file = file;
    this.#fetcher = new SegmentFetcher(options.http, request.url, request.errorFor);
    const sizeBytes = request.sizeBytes ?? state?.sizeBytes;
    this.#sizeKnown = sizeBytes !== undefined;
    this.#state = state ?? { identity, sizeBytes: sizeBytes ?? 0, etag: undefined, done: new RangeSet() };
    this.#ranged = this.#begun ? true : undefined;
    this.#hasher = new PrefixHasher(file, request.gitBlobId === undefined ? undefined : request.sizeBytes);
  }

  /** Known at the latest when {@link run} is through. */
  get sizeBytes(): number {
    return this.#state.sizeBytes;
  }

  get missingBytes(): number {
    return Math.max(0, this.sizeBytes - this.#state.done.totalBytes);
  }

  get #begun(): boolean {
    return this.#state.done.totalBytes > 0;
  }

  /** Fetches what is missing and gives the digests of what then lies on the disk. */
  async run(): Promise<FileDigests> {
    this.#options.signal.throwIfAborted();
    try {
      if (this.#sizeKnown) await this.#file.truncate(this.sizeBytes);
      this.#hasher.advance(this.#state.done.prefixBytes);
      this.#arrived();
      for (let restarts = 0; ; restarts++)
        try {
          await this.#fetchAll();
          return await this.#hasher.finish(this.sizeBytes);
        } catch (error) {
          if (!(error instanceof Restart)) throw error;
          if (restarts === maxRestarts) throw changesAllTheTime(this.#request.url);
          await this.#forget();
        }
    } finally {
      await this.#saving;
      // A failure to note what is there must not hide why the download ended.
      if (this.#sizeKnown) await this.#save().catch(() => undefined);
      await this.#hasher.reset();
    }
  }

  /** The error when the finished file is not what the source says it is. */
  whatIsWrong(digests: FileDigests): AppError | undefined {
    const { sha256, gitBlobId, url } = this.#request;
    const rightSha256 = sha256 === undefined || sha256 === digests.sha256;
    if (rightSha256 && (gitBlobId === undefined || gitBlobId === digests.gitBlobId)) return undefined;
    return new AppError(
      "download_corrupt",
      `${fileName(url)} arrived damaged: its checksum is not the one that the source gives.`,
      { hint: "Start again. If it happens again, a proxy on the way changes files: try another network." },
    );
  }

  /** All connections, until nothing is missing or one of them fails for good. */
  async #fetchAll(): Promise<void> {
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, stop.signal]);
    const connections: Promise<void>[] = [];
    const failures: unknown[] = [];
    const connect = () => {
      connections.push(
        this.#connection(signal, onRanges).catch((error: unknown) => {
          failures.push(error);
          stop.abort();
        }),
      );
    };
    // One connection finds out whether there are ranges and how large the file is; then the others come.
    const onRanges = () => {
      while (connections.length < this.#settings.connections) connect();
    };
    connect();
    if (this.#ranged === true) onRanges();
    // Others may join while the first is waited for.
    for (let index = 0; index < connections.length; index++) await connections[index];
    this.#options.signal.throwIfAborted();
    if (failures.length > 0) throw failures[0];
  }

  /** One connection: takes missing ranges until there are none, waiting longer after each failure in a row. */
  async #connection(signal: AbortSignal, onRanges: () => void): Promise<void> {
    let failures = 0;
    for (;;) {
      signal.throwIfAborted();
      const range = this.#take();
      if (range === undefined) return;
      const before = this.#state.done.totalBytes;
      try {
        const segment = await this.#fetcher.request({ range, etag: this.#state.etag, signal });
        await this.#admit(segment, range);
        if (this.#ranged === true) onRanges();
        this.#arrived();
        await this.#receive(segment, range);
        failures = 0;
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
        failures = this.#state.done.totalBytes - before >= healthyBytes ? 1 : failures + 1;
        const delayMs = backOffMs(failures, error, this.#retry);
        if (delayMs === undefined) throw error.error;
        this.#options.onRetry?.(error.error, delayMs);
        // Without ranges there is no going on from the middle.
        if (this.#ranged !== true) await this.#forget();
        this.#taken.delete(range);
        await wait(delayMs, undefined, { signal });
      } finally {
        this.#taken.delete(range);
      }
    }
  }

  /** The next range that is neither there nor being fetched. */
  #take(): ByteRange | undefined {
    const { segmentBytes } = this.#settings;
    // Before the size is known only the first answer can be asked for.
    const limitBytes = this.#sizeKnown ? this.sizeBytes : segmentBytes;
    const there = new RangeSet([...this.#state.done.ranges, ...this.#taken]);
    const wanted = this.#options.growing?.wantedOffset ?? 0;
    const gap = there.firstGap(limitBytes, segmentBytes, wanted) ?? there.firstGap(limitBytes, segmentBytes);
    if (gap !== undefined) this.#taken.add(gap);
    return gap;
  }

  /** Compares an answer with what is known of the file. Throws a {@link Restart} when they do not belong together. */
  async #admit(segment: SegmentAnswer, range: ByteRange): Promise<void> {
    const { etag, sizeBytes, ranged } = segment.facts;
    if (!this.#begun && this.#taken.size === 1 && range.start === 0) return await this.#begin(segment);
    const changed =
      (etag !== undefined && this.#state.etag !== undefined && etag !== this.#state.etag) ||
      (sizeBytes !== undefined && sizeBytes !== this.sizeBytes);
    if (!changed && ranged) return;
    segment.answer.body.destroy();
    throw new Restart();
  }

  /** Takes over what the first answer says of the file. */
  async #begin(segment: SegmentAnswer): Promise<void> {
    const { etag, sizeBytes, ranged } = segment.facts;
    const wanted = this.#request.sizeBytes;
    try {
      if (wanted !== undefined && sizeBytes !== undefined && sizeBytes !== wanted) throw wrongSize(segment, wanted);
      const size = wanted ?? sizeBytes;
      if (size === undefined && ranged) throw wrongSize(segment, undefined);
      if ((size ?? 0) > this.#request.maxBytes) throw tooLarge(segment, this.#request.maxBytes);
      this.#sizeKnown = size !== undefined;
      this.#state.sizeBytes = size ?? 0;
      this.#state.etag = etag;
      this.#ranged = ranged;
      await this.#file.truncate(size ?? 0);
    } catch (error) {
      segment.answer.body.destroy();
      throw error;
    }
  }

  /** Drops what is there: the next answer is the first one again. Nobody else may be writing. Throws a {@link ReplacedError}. */
  async #forget(): Promise<void> {
    await this.#saving;
    const used = this.#options.growing?.begun === true && (await this.#options.growing.drop());
    await this.#hasher.reset();
    this.#state.done.clear();
    this.#state.etag = undefined;
    this.#ranged = undefined;
    if (this.#request.sizeBytes === undefined) this.#sizeKnown = false;
    if (used) throw new ReplacedError(fileName(this.#request.url));
  }

  /** Whoever reads along may see what is there; not where everything may have to be fetched anew after a break. */
  #arrived(): void {
    const { growing } = this.#options;
    if (growing !== undefined && this.#ranged === true && this.#sizeKnown) {
      if (growing.begun) growing.arrived();
      else growing.begin({ file: this.#file, done: this.#state.done, save: () => this.#saveNow() });
    }
    this.#report();
  }

  /** Writes an answer's bytes where they belong and counts them. */
  async #receive(segment: SegmentAnswer, range: ByteRange): Promise<void> {
    const { start, facts, answer } = segment;
    const wholeBytes = this.#sizeKnown ? this.sizeBytes : this.#request.maxBytes;
    const end = facts.ranged ? Math.min(range.end, wholeBytes) : wholeBytes;
    let position = start;
    await readSegment(segment, end - start, this.#settings.stallWindowMs, async (bytes) => {
      for (let offset = 0; offset < bytes.length; ) {
        const written = await this.#file.write(bytes, offset, bytes.length - offset, position + offset);
        offset += written.bytesWritten;
      }
      this.#state.done.add(position, position + bytes.length);
      position += bytes.length;
      this.fetchedBytes += bytes.length;
      this.#unsavedBytes += bytes.length;
      this.#hasher.advance(this.#state.done.prefixBytes);
      if (this.#sizeKnown && this.#unsavedBytes >= this.#settings.saveEveryBytes) this.#saveSoon();
      // A disk that cannot keep up slows the download down: what a kill costs stays bounded.
      if (this.#unsavedBytes >= 2 * this.#settings.saveEveryBytes) await this.#saving;
      this.#arrived();
    });
    if (!this.#sizeKnown) {
      // Nobody said how long the file is: the end of the answer is its end.
      this.#sizeKnown = true;
      this.#state.sizeBytes = position;
    } else if (position < end) throw brokeOff(answer.url);
  }

  async #saveNow(): Promise<void> {
    await this.#saving;
    await this.#save();
  }

  #saveSoon(): void {
    this.#saving ??= this.#save()
      // The next one may succeed; a full disk shows itself where the bytes are written.
      .catch(() => undefined)
      .finally(() => {
        this.#saving = undefined;
      });
  }

  /** Bytes first, then the note that they are there. */
  async #save(): Promise<void> {
    this.#unsavedBytes = 0;
    const done = this.#state.done.ranges;
    await this.#file.datasync();
    await saveDownloadState(this.#request.path, this.#state, done);
  }

  #report(): void {
    this.#options.onProgress?.(this.#state.done.totalBytes, this.#sizeKnown ? this.sizeBytes : 0);
  }
}

function fileName(url: URL): string {
  return url.pathname.split("/").pop() ?? url.pathname;
}

function brokeOff(url: URL): TransientError {
  const hint = "Start again: it goes on where it stopped.";
  return new TransientError(new AppError("download_failed", `The connection to ${url.host} broke off.`, { hint }));
}

function changesAllTheTime(url: URL): AppError {
  return new AppError("download_corrupt", `${fileName(url)} changes while it is being downloaded.`, {
    hint: "Try again later, or choose another source.",
  });
}

function wrongSize({ answer, facts }: SegmentAnswer, wanted: number | undefined): AppError {
  const says =
    facts.sizeBytes === undefined
      ? "does not say how large the file is"
      : `says that the file has ${facts.sizeBytes} bytes`;
  return new AppError(
    "download_corrupt",
    `${answer.url.host} ${says}${wanted === undefined ? "" : `, but it should have ${wanted}`}.`,
    {
      hint: "A proxy on the way may be wrong: try another network, or another source.",
    },
  );
}

function tooLarge({ answer, facts }: SegmentAnswer, maxBytes: number): AppError {
  const size = facts.sizeBytes === undefined ? "an endless file" : formatBytes(facts.sizeBytes);
  return new AppError(
    "download_corrupt",
    `${answer.url.host} offers ${size}; no more than ${formatBytes(maxBytes)} is taken.`,
  );
}

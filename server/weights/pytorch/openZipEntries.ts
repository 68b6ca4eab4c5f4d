import { Readable } from "node:stream";
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from "yauzl";
import type { RandomBytes } from "../RandomBytes.js";
import { pytorchError } from "./pytorchError.js";

/** torch.save writes a few hundred. */
const entriesMax = 100_000;

/** An entry whose bytes lie in the archive as they are. */
export interface ZipEntry {
  readonly name: string;
  readonly sizeBytes: number;
  /** Where its bytes start in the archive; reads the entry's own header the first time. */
  offset(): Promise<number>;
}

/**
 * The entries of a zip archive that is written as torch.save does: stored, so that any part of one can be read without
 * unpacking. Nothing is ever written to disk under an entry's name. Refuses compressed, encrypted, duplicate and
 * overlapping entries and sizes that lie. Throws `pytorch_invalid`.
 */
export async function openZipEntries(file: RandomBytes): Promise<Map<string, ZipEntry>> {
  const fail = (problem: string): never => {
    throw pytorchError(file.name, problem);
  };
  let archive: ZipFile;
  const found: Entry[] = [];
  try {
    archive = await fromRandomAccessReaderPromise(new BytesReader(file), file.sizeBytes, { autoClose: false });
    if (archive.entryCount > entriesMax) return fail(`it says it has ${archive.entryCount} entries`);
    for await (const entry of archive.eachEntry()) found.push(entry);
  } catch (error) {
    if (!(error instanceof Error) || error.name === "AppError") throw error;
    return fail(`its zip archive is damaged (${error.message})`);
  }
  const entries = new Map<string, ZipEntry>();
  let end = 0;
  for (const entry of found.sort((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader)) {
    const { fileName: name, compressedSize, uncompressedSize: sizeBytes } = entry;
    if (entries.has(name)) fail(`it has the entry "${name}" twice`);
    if (entry.isEncrypted()) fail(`the entry "${name}" is encrypted`);
    if (entry.compressionMethod !== 0 || compressedSize !== sizeBytes) fail(`the entry "${name}" is compressed`);
    if (entry.relativeOffsetOfLocalHeader < end) fail(`the entry "${name}" overlaps another one`);
    end = entry.relativeOffsetOfLocalHeader + localHeaderBytes + entry.fileNameLength + sizeBytes;
    if (end > file.sizeBytes) fail(`the entry "${name}" ends at byte ${end}, but the file has only ${file.sizeBytes}`);
    let offset: Promise<number> | undefined;
    entries.set(name, {
      name,
      sizeBytes,
      offset: () => {
        offset ??= dataOffset(archive, entry, file, fail);
        return offset;
      },
    });
  }
  return entries;
}

/** A local header without its name and extra field. */
const localHeaderBytes = 30;

async function dataOffset(
  archive: ZipFile,
  entry: Entry,
  file: RandomBytes,
  fail: (problem: string) => never,
): Promise<number> {
  let offset: number;
  try {
    ({ fileDataStart: offset } = await archive.readLocalFileHeaderPromise(entry, { minimal: true }));
  } catch (error) {
    if (!(error instanceof Error) || error.name === "AppError") throw error;
    return fail(`the entry "${entry.fileName}" is damaged (${error.message})`);
  }
  if (offset + entry.uncompressedSize > file.sizeBytes) fail(`the entry "${entry.fileName}" is cut off`);
  return offset;
}

class BytesReader extends RandomAccessReader {
  readonly #file: RandomBytes;

  constructor(file: RandomBytes) {
    super();
    this.#file = file;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    const bytes =
      position < 0 || position + length > this.#file.sizeBytes ? undefined : this.#file.read(position, length);
    if (bytes === undefined) callback(new Error("a position outside of the file"));
    else
      bytes.then(
        (read) => {
          buffer.set(read, offset);
          callback(null);
        },
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
      );
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(
      (async function* (file: RandomBytes) {
        yield await file.read(start, end - start);
      })(this.#file),
    );
  }

  override close(callback: (error: Error | null) => void): void {
    callback(null);
  }
}

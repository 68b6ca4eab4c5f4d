import { createHash, type Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

const readBytes = 2 ** 20;

/** Digests of a whole file. */
export interface FileDigests {
  sha256: string;
  /** Git's blob id; only where it was asked for. */
  gitBlobId: string | undefined;
}

/**
 * Hashes a growing file behind the downloads that fill it: it reads what lies on the disk, as far as the file is whole from its
 * beginning, so that the file need not be read again at the end.
 */
export class PrefixHasher {
  readonly #file: FileHandle;
  #sha256: Hash = createHash("sha256");
  #gitBlob: Hash | undefined;
  #position = 0;
  #target = 0;
  #running: Promise<void> | undefined;
  #failure: unknown;
  readonly #gitSizeBytes: number | undefined;

  /** `gitSizeBytes`: the file's size, when git's blob id is wanted too. */
  constructor(file: FileHandle, gitSizeBytes: number | undefined) {
    this.#file = file;
    this.#gitSizeBytes = gitSizeBytes;
    this.#gitBlob = this.#startGitBlob();
  }

  /** The file is whole up to `prefixBytes` now. */
  advance(prefixBytes: number): void {
    this.#target = Math.max(this.#target, prefixBytes);
    if (this.#position < this.#target && this.#failure === undefined) this.#running ??= this.#catchUp();
  }

  /** Begins anew: what was read before has been replaced. */
  async reset(): Promise<void> {
    this.#target = 0;
    await this.#running;
    this.#position = 0;
    this.#sha256 = createHash("sha256");
    this.#gitBlob = this.#startGitBlob();
    this.#failure = undefined;
  }

  /** Digests of the first `sizeBytes` bytes, which must all be there. */
  async finish(sizeBytes: number): Promise<FileDigests> {
    this.advance(sizeBytes);
    while (this.#running !== undefined) await this.#running;
    if (this.#failure !== undefined) throw this.#failure;
    return { sha256: this.#sha256.digest("hex"), gitBlobId: this.#gitBlob?.digest("hex") };
  }

  #startGitBlob(): Hash | undefined {
    return this.#gitSizeBytes === undefined ? undefined : createHash("sha1").update(`blob ${this.#gitSizeBytes}\0`);
  }

  async #catchUp(): Promise<void> {
    try {
      const buffer = Buffer.allocUnsafe(readBytes);
      while (this.#position < this.#target) {
        const wanted = Math.min(readBytes, this.#target - this.#position);
        const { bytesRead } = await this.#file.read(buffer, 0, wanted, this.#position);
        if (bytesRead === 0) throw new Error("the file ended before its end");
        const piece = buffer.subarray(0, bytesRead);
        this.#sha256.update(piece);
        this.#gitBlob?.update(piece);
        this.#position += bytesRead;
      }
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#running = undefined;
    }
  }
}

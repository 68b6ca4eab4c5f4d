import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { basename } from "node:path";
import { AppError } from "../../platform/AppError.js";
import { alignmentOf, encodeGgufHeader, type GgufTensorSpec, tensorSizeBytes } from "./encodeGgufHeader.js";
import type { GgufMetadata } from "./GgufValue.js";
import { alignUp } from "./readGgufHeader.js";

/** What a file shall hold, known before its first byte is written. */
export interface GgufPlan {
  readonly metadata: GgufMetadata;
  readonly tensors: readonly GgufTensorSpec[];
}

/**
 * Writes a GGUF file tensor by tensor into `<path>.partial`; only the caller, after `finish`, gives it its name. The
 * header comes first, so the plan must be complete; the tensors' bytes follow in the plan's order in pieces of any size.
 *
 * After a crash `open` can go on behind the tensors that are known to be on disk: see `resumeAfter`.
 */
export class GgufWriter {
  readonly partialPath: string;
  /** What the finished file will have. */
  readonly sizeBytes: number;
  readonly #file: FileHandle;
  readonly #tensors: readonly GgufTensorSpec[];
  /** Where each tensor's bytes start in the file; the last entry is the file's end. */
  readonly #starts: readonly number[];
  #tensor: number;
  #position: number;

  private constructor(path: string, file: FileHandle, plan: GgufPlan, starts: readonly number[], firstTensor: number) {
    this.partialPath = path;
    this.#file = file;
    this.#tensors = plan.tensors;
    this.#starts = starts;
    this.sizeBytes = starts.at(-1) ?? 0;
    this.#tensor = firstTensor;
    this.#position = starts[firstTensor] ?? 0;
  }

  /**
   * Creates `<path>.partial`, or goes on with the one that is there when it has this very header and all of its first
   * `resumeAfter` tensors; `tensorsDone` then says so. Throws `disk_full`, `weights_unwritable`.
   */
  static async open(path: string, plan: GgufPlan, { resumeAfter = 0 } = {}): Promise<GgufWriter> {
    const partialPath = `${path}.partial`;
    const header = encodeGgufHeader(plan.metadata, plan.tensors);
    const starts = tensorStarts(plan, header.length);
    let file: FileHandle | undefined;
    try {
      file = await open(partialPath, constants.O_RDWR | constants.O_CREAT);
      const resumable =
        resumeAfter > 0 && (await hasPrefix(file, header, starts[resumeAfter] ?? Number.POSITIVE_INFINITY));
      const firstTensor = resumable ? resumeAfter : 0;
      if ((await file.stat()).size > 0) await file.truncate(firstTensor === 0 ? 0 : starts[firstTensor]);
      if (firstTensor === 0) await writeAll(file, header, 0);
      return new GgufWriter(partialPath, file, plan, starts, firstTensor);
    } catch (error) {
      await file?.close();
      // Without its header there is nothing to go on with.
      if (file !== undefined && resumeAfter === 0) await rm(partialPath, { force: true });
      throw unwritable(partialPath, error);
    }
  }

  /** How many tensors are written completely. */
  get tensorsDone(): number {
    return this.#tensor;
  }

  /** Bytes written so far, header and padding included. */
  get bytesWritten(): number {
    return this.#position;
  }

  /** Adds bytes to the tensor `name`, which must be the next one in the plan that is not complete. */
  async append(name: string, bytes: Uint8Array): Promise<void> {
    const tensor = this.#tensors[this.#tensor];
    if (tensor?.name !== name) throw new Error(`the next tensor is ${tensor?.name ?? "none"}, not ${name}`);
    const end = (this.#starts[this.#tensor] ?? 0) + tensorSizeBytes(tensor);
    if (this.#position + bytes.length > end) throw new Error(`more bytes than ${name} has`);
    await this.#write(bytes);
    if (this.#position < end) return;
    const next = this.#starts[this.#tensor + 1] ?? end;
    if (next > end) await this.#write(new Uint8Array(next - end));
    this.#tensor += 1;
  }

  /** Returns when everything written so far is on the disk, so that `resumeAfter` may rely on it. */
  async sync(): Promise<void> {
    try {
      await this.#file.datasync();
    } catch (error) {
      throw unwritable(this.partialPath, error);
    }
  }

  /** Makes sure that the whole file is on the disk and closes it. */
  async finish(): Promise<void> {
    if (this.#tensor < this.#tensors.length)
      throw new Error(`the tensor ${this.#tensors[this.#tensor]?.name} is not complete`);
    try {
      await this.#file.datasync();
      await this.#file.close();
    } catch (error) {
      throw unwritable(this.partialPath, error);
    }
  }

  /** Closes the file; `keep` leaves what is there to be gone on with. */
  async abort({ keep = false } = {}): Promise<void> {
    await this.#file.close();
    if (!keep) await rm(this.partialPath, { force: true });
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      await writeAll(this.#file, bytes, this.#position);
    } catch (error) {
      throw unwritable(this.partialPath, error);
    }
    this.#position += bytes.length;
  }
}

function tensorStarts({ metadata, tensors }: GgufPlan, headerBytes: number): number[] {
  const alignment = alignmentOf(metadata);
  const starts = [headerBytes];
  let position = headerBytes;
  for (const tensor of tensors) {
    position = alignUp(position + tensorSizeBytes(tensor), alignment);
    starts.push(position);
  }
  return starts;
}

async function hasPrefix(file: FileHandle, header: Uint8Array, sizeBytes: number): Promise<boolean> {
  if ((await file.stat()).size < sizeBytes) return false;
  const found = Buffer.alloc(header.length);
  const { bytesRead } = await file.read(found, 0, header.length, 0);
  return bytesRead === header.length && found.equals(header);
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

function unwritable(path: string, error: unknown): unknown {
  const name = basename(path);
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  if (code === undefined) return error;
  if (code === "ENOSPC" || code === "EDQUOT")
    return new AppError("disk_full", `The disk is full: "${name}" could not be written.`, {
      hint: "Free some space, or choose a smaller quantization, and try again.",
      cause: error,
    });
  const hints: Record<string, string> = {
    ENOENT: "The folder does not exist.",
    EACCES: "This user may not write there: check the folder's permissions.",
    EROFS: "The disk is read-only.",
    EFBIG: "The file system does not allow files this large (FAT32 stops at 4 GB).",
  };
  return new AppError("weights_unwritable", `"${name}" could not be written (${code}).`, {
    hint: hints[code] ?? "Check the folder and the disk.",
    cause: error,
  });
}

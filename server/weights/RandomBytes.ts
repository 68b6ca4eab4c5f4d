import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { AppError } from "../platform/AppError.js";

/** Bytes that can be read anywhere: a file on disk, or whatever else can answer a byte range. */
export interface RandomBytes {
  /** What error messages call it: a file's name without its folders. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Exactly the bytes `offset` … `offset + length - 1`, in memory of their own. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a file for reading. Throws `weights_unreadable`. */
export async function openFileBytes(path: string): Promise<RandomBytes> {
  const name = basename(path);
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    throw unreadable(name, error);
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile())
      throw new AppError("weights_unreadable", `"${name}" is not a file.`, { hint: "Name a file with weights in it." });
    return new FileBytes(name, stat.size, handle);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class FileBytes implements RandomBytes {
  readonly name: string;
  readonly sizeBytes: number;
  readonly #handle: FileHandle;

  constructor(name: string, sizeBytes: number, handle: FileHandle) {
    this.name = name;
    this.sizeBytes = sizeBytes;
    this.#handle = handle;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      let bytesRead: number;
      try {
        ({ bytesRead } = await this.#handle.read(bytes, done, length - done, offset + done));
      } catch (error) {
        throw unreadable(this.name, error);
      }
      if (bytesRead === 0)
        throw new AppError("weights_unreadable", `"${this.name}" became shorter while it was read.`, {
          hint: "Is another program writing to it? Try again when it has finished.",
        });
      done += bytesRead;
    }
    return bytes;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function unreadable(name: string, error: unknown): AppError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const hints: Record<string, string> = {
    ENOENT: "Check the path: there is no such file.",
    EACCES: "Check the file's permissions: this user may not read it.",
    EMFILE: "Too many files are open: raise the limit (ulimit -n) and try again.",
    EIO: "The disk reported an error: check it, or copy the file again.",
  };
  return new AppError("weights_unreadable", `"${name}" could not be read${code === "" ? "" : ` (${code})`}.`, {
    hint: hints[code] ?? "Check the path and the disk.",
    cause: error,
  });
}

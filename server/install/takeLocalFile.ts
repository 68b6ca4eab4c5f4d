import { constants, createReadStream, createWriteStream } from "node:fs";
import { copyFile, link, open, realpath, rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { describeDiskError } from "./download/diskError.js";

/**
 * Puts a file of the user's beside the models without moving it: as a clone where the file system can (Btrfs, XFS, APFS), else as a
 * second name for the same bytes, else as a copy. Of a symbolic link, as the hub's own cache has them, it is the file that it leads to.
 * Throws `disk_full`, `home_not_writable`, or the signal's reason.
 */
export async function takeLocalFile(
  path: string,
  target: string,
  options: { signal: AbortSignal; onProgress: (bytesDone: number, bytesTotal: number) => void },
): Promise<void> {
  const original = await realpath(path);
  const { size } = await stat(original);
  try {
    await rm(target, { force: true });
    if (
      (await tried(copyFile(original, target, constants.COPYFILE_FICLONE_FORCE))) ||
      (await tried(link(original, target)))
    ) {
      options.onProgress(size, size);
      return;
    }
    await copy(original, target, size, options);
  } catch (error) {
    throw await describeDiskError(error, target, size);
  }
}

async function tried(attempt: Promise<void>): Promise<boolean> {
  return await attempt.then(
    () => true,
    () => false,
  );
}

async function copy(
  path: string,
  target: string,
  sizeBytes: number,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (bytesDone: number, bytesTotal: number) => void },
): Promise<void> {
  const partial = `${target}.partial`;
  let done = 0;
  const source = createReadStream(path, { highWaterMark: 4 * 2 ** 20 });
  source.on("data", (chunk) => {
    done += chunk.length;
    onProgress(done, sizeBytes);
  });
  await pipeline(source, createWriteStream(partial, { mode: 0o600 }), { signal });
  const file = await open(partial, "r+");
  await file.sync();
  await file.close();
  await rename(partial, target);
}

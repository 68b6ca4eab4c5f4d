import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../../platform/AppError.js";
import { formatBytes } from "../formatBytes.js";

/** What the file system threw, as an error for people; anything else is returned as it is. `neededBytes`: what is still to be written. */
export async function describeDiskError(error: unknown, path: string, neededBytes: number): Promise<unknown> {
  if (!(error instanceof Error) || error instanceof AppError || !("code" in error)) return error;
  const folder = dirname(path);
  switch (error.code) {
    case "ENOSPC":
    case "EDQUOT": {
      const free = await freeDiskBytes(folder).catch(() => undefined);
      const has = free === undefined ? "" : ` ${formatBytes(free)} are free.`;
      return new AppError(
        "disk_full",
        `The disk of ${folder} is full: ${formatBytes(neededBytes)} more are needed.${has}`,
        {
          hint: "Make room, or choose another folder with --home, and start again: it goes on where it stopped.",
          cause: error,
        },
      );
    }
    case "EFBIG":
      return new AppError("disk_full", `The file system of ${folder} cannot hold a file of this size.`, {
        hint: "FAT32 ends at 4 GB. Choose a folder on another disk with --home.",
        cause: error,
      });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new AppError("home_not_writable", `Cria cannot write to ${folder}.`, {
        hint: "Choose another folder with --home DIR or CRIA_HOME, or give yourself the right to write there.",
        cause: error,
      });
    default:
      return error;
  }
}

/** Bytes that this user may still write on the disk of `folder`. */
export async function freeDiskBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

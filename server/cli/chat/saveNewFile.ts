import { constants } from "node:fs";
import { copyFile, link, open, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../../platform/AppError.js";
import { randomId } from "../../platform/randomId.js";

/**
 * Writes a file that is not there yet: whole or not at all, and never over another one. Throws `bad_request` or `disk_full`, with what to
 * type instead.
 */
export async function saveNewFile(path: string, content: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true)
    throw refused(`${path} is a folder.`, `To put a file in it, type a slash after it: /save ${path}/`);
  const partial = `${path}.${randomId().slice(0, 8)}.partial`;
  try {
    const file = await open(partial, "wx", 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await takeName(partial, path);
  } catch (error) {
    throw describe(error, path);
  } finally {
    await rm(partial, { force: true }).catch(() => {});
  }
}

/** Unlike a rename this fails where the name is taken. Some file systems know no second names: there it is a copy. */
async function takeName(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw error;
    await copyFile(partial, path, constants.COPYFILE_EXCL);
  }
}

function describe(cause: unknown, path: string): AppError {
  const folder = dirname(path);
  const elsewhere = "Choose another place: /save ~/NAME.md";
  switch (codeOf(cause)) {
    case "EEXIST":
      return refused(`${path} is there already.`, "It is left as it is. Choose another name: /save NAME", cause);
    case "ENOENT":
      return refused(
        `${path} cannot be saved: there is no folder ${folder}.`,
        "Make it first, or choose another place: /save ~/NAME.md",
        cause,
      );
    case "ENOTDIR":
      return refused(`${path} cannot be saved: a part of its path is a file.`, elsewhere, cause);
    case "EACCES":
    case "EPERM":
      return refused(`${path} cannot be saved: you may not write to ${folder}.`, elsewhere, cause);
    case "EROFS":
      return refused(`${path} cannot be saved: the disk of ${folder} can only be read.`, elsewhere, cause);
    case "ENAMETOOLONG":
      return refused(`${path} cannot be saved: the name is too long.`, "Choose a shorter one: /save NAME.md", cause);
    case "ENOSPC":
    case "EDQUOT":
      return new AppError("disk_full", `${path} cannot be saved: the disk is full.`, {
        hint: `Nothing of it was kept. Free some room, or choose another disk: /save NAME.md`,
        cause,
      });
    default:
      return refused(`${path} cannot be saved (${codeOf(cause) || String(cause)}).`, elsewhere, cause);
  }
}

function refused(message: string, hint: string, cause?: unknown): AppError {
  return new AppError("bad_request", message, { hint, ...(cause === undefined ? {} : { cause }) });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

import { rm } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { AppError } from "../platform/AppError.js";
import { makeFolder } from "../platform/makeFolder.js";

/** Writes the user's own template as `<name>.txt`. The name has been checked: letters, digits, spaces, `_` and `-` only ([T7]). */
export async function writePromptTemplate(ownPath: string, name: string, text: string): Promise<void> {
  try {
    await makeFolder(ownPath);
    await writeFileAtomic(join(ownPath, `${name}.txt`), text, { mode: 0o600 });
  } catch (cause) {
    const known = AppError.from(cause);
    if (known.code !== "internal") throw known;
    throw new AppError("home_not_writable", "The template could not be written to the home folder.", {
      hint: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

export async function deletePromptTemplate(ownPath: string, name: string): Promise<void> {
  await rm(join(ownPath, `${name}.txt`), { force: true });
}

import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder that only its owner can enter, and those above it that are missing; one that is there is left as it is. Node's own
 * `recursive` tries without end where a file system says that nothing is there and yet takes no folder (/proc, automounts), and says of
 * a full disk that something is missing. Rejects with what the system said.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" && !(await isFolder(dirname(path)))) {
      await makeFolder(dirname(path));
      await mkdir(path, { mode: 0o700 }).catch((again: unknown) => unlessFolder(path, again));
    } else await unlessFolder(path, error);
  }
}

/** Somebody else may have made it at the same time. */
async function unlessFolder(path: string, error: unknown): Promise<void> {
  if (!(await isFolder(path))) throw error;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

import { stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "../platform/makeFolder.js";
import { version } from "../platform/version.js";
import { findNewerVersion } from "./findNewerVersion.js";
import { updateHint } from "./updateCommand.js";

const dayMs = 24 * 60 * 60 * 1000;

/** Says once a day that there is a newer version, for those who asked for it. Never in the way: what goes wrong is not told. */
export async function hintAtUpdate(
  homePath: string,
  find: (current: string) => Promise<string | undefined> = findNewerVersion,
  say: (line: string) => void = console.log,
): Promise<void> {
  try {
    const stamp = join(homePath, "cache", "update-checked");
    const { mtimeMs } = await stat(stamp).catch(() => ({ mtimeMs: 0 }));
    if (Date.now() - mtimeMs < dayMs) return;
    await makeFolder(dirname(stamp));
    await writeFile(stamp, "");
    const newer = await find(version);
    if (newer !== undefined) say(updateHint(newer));
  } catch {
    // Tomorrow is another day.
  }
}

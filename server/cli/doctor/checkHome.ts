import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readTokens } from "../../access/tokenFile.js";
import { AppError } from "../../platform/AppError.js";
import { type HomePaths, requireReadable } from "../../platform/paths.js";
import { existingParent } from "./checkRoom.js";
import { type Finding, ok, problem, warning } from "./Finding.js";

/** Whether Cria can write to its home, and whether others can read there. */
export async function checkHome(paths: HomePaths): Promise<Finding[]> {
  const unreadable = await requireReadable(paths).then(() => undefined, AppError.from);
  if (unreadable !== undefined) return [problem("home", unreadable.message, unreadable.hint ?? "")];
  const folder = existingParent(paths.home);
  const isThere = folder === paths.home;
  const unwritable = await tryToWrite(folder);
  if (unwritable !== undefined)
    return [
      problem(
        "home",
        `Cria cannot write to ${folder} (${unwritable}).`,
        "Choose another folder with --home DIR or CRIA_HOME, or give yourself the right to write there.",
      ),
    ];
  if (!isThere) return [ok("home", `${paths.home} will be made at the first start`)];
  return [await checkMode(paths.home), ...checkTokens(paths.tokens)];
}

/** Writes a file there and takes it away again: rights, read-only disks and full ones all show. Gives what is wrong. */
async function tryToWrite(folder: string): Promise<string | undefined> {
  let probe: string | undefined;
  try {
    probe = await mkdtemp(join(folder, ".cria-doctor-"));
    await writeFile(join(probe, "probe"), "x");
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  } finally {
    if (probe !== undefined) await rm(probe, { recursive: true, force: true });
  }
}

async function checkMode(home: string): Promise<Finding> {
  // Windows has no such modes: there a profile folder is its owner's alone.
  const others = process.platform === "win32" ? 0 : (await stat(home)).mode & 0o077;
  return others === 0
    ? ok("home", `${home}, open to you alone`)
    : warning("home", `Other users of this machine can look into ${home}, where your chats are.`, `chmod 700 ${home}`);
}

function checkTokens(path: string): Finding[] {
  try {
    const { length } = readTokens(path);
    return length === 0 ? [] : [ok("tokens", `${length} named: cria token list shows them`)];
  } catch (error) {
    const { message, hint } = AppError.from(error);
    return [problem("tokens", message, hint ?? `Move ${path} away and make new ones: cria token new NAME`)];
  }
}

import { constants } from "node:fs";
import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AppError } from "./AppError.js";
import { makeFolder } from "./makeFolder.js";

/** The package's own folder: the parent of `dist/`. */
export const packagePath = fileURLToPath(new URL("../../../", import.meta.url));

/** Where everything lives under the home folder. */
export interface HomePaths {
  home: string;
  /** Installed weights: `<family>/<NAME>/`. */
  models: string;
  /** The user's own prompt templates, one text file each. */
  prompts: string;
  /** What was chatted on this machine without a token. */
  database: string;
  /** One database per token that has chats of its own. */
  ownerDatabases: string;
  /** Named tokens, hashed. */
  tokens: string;
  /** What `cria tune` measured, one file per model. */
  tunings: string;
  /** How each model is to be held, where somebody chose that: one file per model. */
  loadSettings: string;
  /** KV caches of conversations that are not in memory now. */
  parkedStates: string;
}

export function homePaths(homePath: string): HomePaths {
  return {
    home: homePath,
    models: join(homePath, "models"),
    prompts: join(homePath, "prompts"),
    database: join(homePath, "cria.db"),
    ownerDatabases: join(homePath, "owners"),
    tokens: join(homePath, "tokens.json"),
    tunings: join(homePath, "tuning"),
    loadSettings: join(homePath, "loading"),
    parkedStates: join(homePath, "cache", "kv"),
  };
}

/** The database of an owner; undefined: of this machine's own chats. */
export function ownerDatabase(paths: HomePaths, owner: string | undefined): string {
  if (owner === undefined) return paths.database;
  // Ids come from a file that people may edit: one that is no plain name must not lead anywhere else.
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(owner))
    throw new AppError("tokens_unreadable", "A token has an owner that is no id.");
  return join(paths.ownerDatabases, `${owner}.db`);
}

/** Makes the home's folders. Throws `home_not_writable`, or as {@link requireReadable}. */
export async function makeHome(paths: HomePaths): Promise<void> {
  await requireReadable(paths);
  try {
    for (const folder of [paths.home, paths.models, paths.prompts]) await makeFolder(folder);
    await access(paths.home, constants.W_OK);
  } catch (cause) {
    throw notWritable(`its home folder ${paths.home}`, cause);
  }
}

/**
 * Makes one of the home's folders, and sees that files can be made in it: the rest of the home may be read-only. `what` names it, as "the
 * folder of the models". Throws `home_not_writable`.
 */
export async function makeWritable(folder: string, what: string): Promise<void> {
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw notWritable(`${what}, ${folder}`, cause);
  }
}

/**
 * Sees that the home can be looked into, for those who only read; one that is not there yet has nothing in it. Throws `config_invalid`
 * for one that is a file or closed.
 */
export async function requireReadable(paths: HomePaths): Promise<void> {
  for (const folder of [paths.home, paths.models])
    try {
      await readdir(folder);
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
      if (code === "ENOENT") continue;
      const message =
        code === "ENOTDIR"
          ? `${folder} cannot be a folder of Cria's: it is a file, or lies under one.`
          : `Cria cannot look into ${folder}${code === undefined ? "" : ` (${String(code)})`}.`;
      throw new AppError("config_invalid", message, {
        hint: "Choose another folder with --home DIR or CRIA_HOME, or give yourself the right to read it.",
        field: "homePath",
        cause,
      });
    }
}

function notWritable(what: string, cause: unknown): AppError {
  return new AppError("home_not_writable", `Cria cannot write to ${what}.`, {
    hint: "Choose another folder with --home DIR or CRIA_HOME, or give yourself the right to write there.",
    cause,
  });
}

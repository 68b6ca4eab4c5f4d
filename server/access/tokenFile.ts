import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { dirname, join } from "node:path";
import { lock } from "proper-lockfile";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { AppError } from "../platform/AppError.js";
import { randomId } from "../platform/randomId.js";
import { localOwner } from "./Principal.js";

const storedTokenSchema = z.object({
  id: z.string().min(1).max(64),
  name: z.string().min(1).max(60),
  /** Whose conversations it opens: its own, or those of this machine. */
  owner: z.string().min(1).max(64),
  /** SHA-256 in hexadecimal. A token has 256 random bits, so there is nothing that a slow hash or a salt would protect. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** ISO 8601. */
  createdAt: z.string(),
});
export type StoredToken = z.infer<typeof storedTokenSchema>;

const fileSchema = z.object({ version: z.literal(1), tokens: z.array(storedTokenSchema).max(1000) });

const namePattern = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,59}$/u;

export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** A new secret: 256 random bits behind a prefix by which people and scanners recognize it. */
export function makeToken(): string {
  return `cria_${randomBytes(32).toString("base64url")}`;
}

/** The tokens of a home; none when there is no file. Throws `tokens_unreadable`. */
export function readTokens(path: string): StoredToken[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
    throw unreadable(path, cause);
  }
  try {
    return fileSchema.parse(JSON.parse(text)).tokens;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/**
 * Adds a token; only its hash is kept, so the secret is shown now or never. `mine`: it opens what was made on this machine
 * without a token; otherwise it has conversations of its own. Throws `bad_request` for a name that is taken or unfit.
 */
export async function addToken(
  path: string,
  { name, mine }: { name: string; mine: boolean },
): Promise<{ secret: string; token: StoredToken }> {
  if (!namePattern.test(name))
    throw new AppError("bad_request", `A token cannot be called "${name.slice(0, 80)}".`, {
      hint: "Take up to 60 letters, digits, spaces, dots, dashes and underscores.",
      field: "name",
    });
  return await change(path, (tokens) => {
    if (tokens.some((token) => token.name === name))
      throw new AppError("bad_request", `There is a token called "${name}" already.`, {
        hint: `Choose another name, or revoke that one first: cria token revoke ${quoted(name)}`,
        field: "name",
      });
    const secret = makeToken();
    const id = randomId();
    const token: StoredToken = {
      id,
      name,
      owner: mine ? localOwner : id,
      sha256: hashToken(secret).toString("hex"),
      createdAt: new Date().toISOString(),
    };
    return { tokens: [...tokens, token], result: { secret, token } };
  });
}

/** Takes a token away, by name or id. Throws `not_found`. */
export function revokeToken(path: string, nameOrId: string): Promise<StoredToken> {
  return change(path, (tokens) => {
    const found = tokens.find(({ name }) => name === nameOrId) ?? tokens.find(({ id }) => id === nameOrId);
    if (found === undefined)
      throw new AppError("not_found", `There is no token called "${nameOrId.slice(0, 80)}".`, {
        hint: "cria token list shows them.",
      });
    return { tokens: tokens.filter((token) => token !== found), result: found };
  });
}

/** Reads, changes and writes the file as one step, also when several processes do it at once. */
async function change<T>(
  path: string,
  edit: (tokens: StoredToken[]) => { tokens: StoredToken[]; result: T },
): Promise<T> {
  const release = await lock(dirname(path), {
    lockfilePath: join(dirname(path), ".tokens.lock"),
    realpath: false,
    retries: { retries: 40, minTimeout: 25, maxTimeout: 250 },
  });
  try {
    const { tokens, result } = edit(readTokens(path));
    await writeFileAtomic(path, `${JSON.stringify({ version: 1, tokens }, undefined, 2)}\n`, { mode: 0o600 });
    // A file that was there keeps its mode otherwise.
    await chmod(path, 0o600);
    return result;
  } finally {
    await release();
  }
}

function quoted(name: string): string {
  return name.includes(" ") ? `"${name}"` : name;
}

function unreadable(path: string, cause: unknown): AppError {
  return new AppError("tokens_unreadable", `The tokens in ${path} cannot be read.`, {
    hint: "Nobody gets in until that is mended. Move the file away and make new tokens: cria token new",
    cause,
  });
}

import { timingSafeEqual } from "node:crypto";
import { statSync } from "node:fs";
import { LRUCache } from "lru-cache";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import { isLoopback } from "../platform/networkAddress.js";
import { localOwner, localPrincipal, type Principal } from "./Principal.js";
import { RateLimit } from "./RateLimit.js";
import { hashToken, readTokens, type StoredToken } from "./tokenFile.js";

export interface AccessOptions {
  /** False: whoever reaches the server may use it. For addresses of this machine only. */
  required: boolean;
  /** A token that counts as long as this server runs; it opens this machine's own conversations. */
  token?: string | undefined;
  /** The home's file of named tokens. */
  tokensPath: string;
}

/** How soon a token that was revoked elsewhere stops to count. A new one counts from its first use on. */
const lookMs = 250;

/** Wrong tokens that one address may show before it has to wait ([T24]). */
const wrongTokens = { count: 5, perMs: 60_000 };

interface Known {
  hash: Buffer;
  principal: Principal;
}

/**
 * The one place that decides who gets in, over HTTP, event streams and sockets alike. Whoever got in is asked about again at
 * every request and event ({@link check}), and told of the moment a token is revoked ({@link onRevoked}).
 */
export class AccessControl {
  readonly #options: AccessOptions;
  readonly #logger: Logger;
  readonly #wrong = new RateLimit(wrongTokens);
  /** Tokens that an address has shown rightly go on counting while wrong ones from there are refused unseen. */
  readonly #proven = new LRUCache<string, true>({ max: 1000 });
  /** A wrong token counts once per address, so that a page with an old cookie, which tries again and again, bars nobody. */
  readonly #counted = new LRUCache<string, true>({ max: 1000 });
  readonly #listeners = new Set<(principalId: string) => void>();
  #known: Known[] = [];
  /** The file as it was when it was read; see {@link versionOf}. */
  #version: string | undefined;
  /** It could not be read then, perhaps for want of file descriptors: the timer tries again although it is the same file. */
  #unread = false;
  #timer: NodeJS.Timeout | undefined;

  /** Throws `tokens_unreadable`. */
  constructor(options: AccessOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    if (!options.required) return;
    this.#version = versionOf(options.tokensPath);
    this.#known = this.#gather(readTokens(options.tokensPath));
    // Not fs.watchFile: what changes before its first look at the file is never told, and a token revoked then would count on.
    this.#timer = setInterval(() => this.#look(this.#unread), lookMs);
    this.#timer.unref();
  }

  /** Whether a token is asked for at all. */
  get required(): boolean {
    return this.#options.required;
  }

  /** Whether there is a token that counts. */
  get hasTokens(): boolean {
    return this.#known.length > 0;
  }

  /**
   * Whose token this is; `address` is where it came from. Takes the same time for every wrong token.
   * Throws `unauthorized`, or `too_many_requests` after too many wrong ones from there.
   */
  authorize(token: string | undefined, address: string): Principal {
    if (!this.#options.required) return this.#local(address);
    if (token === undefined)
      throw new AppError("unauthorized", "This server needs a token.", { hint: "Send it as Authorization: Bearer …" });
    const hash = hashToken(token);
    const proof = `${address} ${hash.toString("base64")}`;
    const waitMs = this.#wrong.waitMs(address);
    if (waitMs > 0 && !this.#proven.has(proof) && !this.#counted.has(proof))
      throw new AppError("too_many_requests", "Too many wrong tokens came from this address.", {
        hint: `Try again in ${Math.ceil(waitMs / 1000)} seconds.`,
        retryAfterMs: waitMs,
      });
    const found = this.#find(hash) ?? this.#findNew(hash);
    if (found === undefined) {
      this.#proven.delete(proof);
      if (!this.#counted.has(proof)) this.#wrong.take(address);
      this.#counted.set(proof, true);
      throw new AppError("unauthorized", "This token is wrong or was revoked.", {
        hint: "Ask for a new one: cria token new",
      });
    }
    this.#proven.set(proof, true);
    return found;
  }

  /** However it comes that others can reach a server that asks for no token: it is this machine's alone. */
  #local(address: string): Principal {
    if (!isLoopback(address))
      throw new AppError("unauthorized", "This server answers only the machine that it runs on.", {
        hint: "To let others in, start it with a token: CRIA_TOKEN=… or --token.",
      });
    return localPrincipal;
  }

  /** Throws `unauthorized` when the token of somebody who got in counts no more. */
  check(principal: Principal): void {
    if (!this.#options.required) return;
    if (!this.#known.some((known) => known.principal.id === principal.id))
      throw new AppError("unauthorized", "The token was revoked.", { hint: "Ask for a new one: cria token new" });
  }

  /** Calls `listener` with the principal's id as soon as its token counts no more. */
  onRevoked(listener: (principalId: string) => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Looks at every known token, so that the time taken tells nothing. */
  #find(hash: Buffer): Principal | undefined {
    let found: Principal | undefined;
    for (const known of this.#known) if (timingSafeEqual(known.hash, hash)) found = known.principal;
    return found;
  }

  /** Somebody may use a token sooner than the next look at the file sees it. */
  #findNew(hash: Buffer): Principal | undefined {
    return this.#look() ? this.#find(hash) : undefined;
  }

  #gather(stored: readonly StoredToken[]): Known[] {
    const { token } = this.#options;
    const known: Known[] = stored.map(({ id, name, owner, sha256 }) => ({
      hash: Buffer.from(sha256, "hex"),
      principal: { id, owner, name },
    }));
    if (token !== undefined)
      known.push({
        hash: hashToken(token),
        principal: { id: "start", owner: localOwner, name: "the server's own token" },
      });
    return known;
  }

  /** Reads the file if it is another one than before, or `again`; returns whether it did. */
  #look(again = false): boolean {
    const version = versionOf(this.#options.tokensPath);
    if (version === this.#version && !again) return false;
    // Before it is read: what changes meanwhile is another version again.
    this.#version = version;
    this.#reload();
    return true;
  }

  #reload(): void {
    let stored: StoredToken[] = [];
    try {
      stored = readTokens(this.#options.tokensPath);
      this.#unread = false;
    } catch (error) {
      // A file that cannot be read lets nobody in.
      if (!this.#unread) this.#logger.error({ error: String(error) }, "the tokens cannot be read any more");
      this.#unread = true;
    }
    const before = this.#known;
    this.#known = this.#gather(stored);
    const now = new Set(this.#known.map(({ principal }) => principal.id));
    for (const { principal } of before)
      if (!now.has(principal.id)) {
        this.#logger.info({ tokenId: principal.id }, "a token was revoked");
        for (const listener of this.#listeners) listener(principal.id);
      }
  }
}

/** Differs whenever the file was written or replaced; nothing when there is none or it cannot be looked at. */
function versionOf(path: string): string | undefined {
  try {
    const { ino, size, mtimeNs } = statSync(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    return undefined;
  }
}

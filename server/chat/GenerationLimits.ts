import { localPrincipal, type Principal } from "../access/Principal.js";
import { RateLimit } from "../access/RateLimit.js";
import { AppError } from "../platform/AppError.js";

/** Generations that run or wait at most: together, of one owner, of one connection or program. */
const most = { together: 1024, ownerOfMachine: 768, guest: 64, client: 256 };

/**
 * Replies and requests for embeddings that a token may begin; whoever sits at the machine itself is bound by the queue alone. An embedding
 * is read once and nothing is written: whoever indexes a folder sends thousands, one by one.
 */
const perToken = {
  reply: { count: 600, perMs: 60_000 },
  embedding: { count: 6_000, perMs: 60_000 },
};
export type WorkKind = keyof typeof perToken;

const named: Record<WorkKind, string> = { reply: "begun too many replies", embedding: "asked for too many embeddings" };

/** Keeps one asker from taking everything ([T22], [T24]): counts what is under way, and how fast more comes. */
export class GenerationLimits {
  readonly #rates = { reply: new RateLimit(perToken.reply), embedding: new RateLimit(perToken.embedding) };
  readonly #byOwner = new Map<string, number>();
  readonly #byClient = new Map<string, number>();
  #together = 0;

  /** Counts one more. Throws `queue_full` or `too_many_requests`, and has counted nothing then. */
  enter(by: Principal, client: string, kind: WorkKind = "reply"): void {
    const ofOwner = this.#byOwner.get(by.owner) ?? 0;
    const ofClient = this.#byClient.get(client) ?? 0;
    const ownerMost = by.owner === localPrincipal.owner ? most.ownerOfMachine : most.guest;
    if (this.#together >= most.together) throw full(this.#together, "in all");
    if (ofOwner >= ownerMost) throw full(ofOwner, "of yours");
    if (ofClient >= most.client) throw full(ofClient, "of this connection");
    const waitMs = by.id === localPrincipal.id ? 0 : this.#rates[kind].take(by.id);
    if (waitMs > 0)
      throw new AppError("too_many_requests", `This token has ${named[kind]} in a short time.`, {
        hint: `Try again in ${Math.ceil(waitMs / 1000)} seconds.`,
        retryAfterMs: waitMs,
      });
    this.#together++;
    this.#byOwner.set(by.owner, ofOwner + 1);
    this.#byClient.set(client, ofClient + 1);
  }

  leave(by: Principal, client: string): void {
    this.#together--;
    decrement(this.#byOwner, by.owner);
    decrement(this.#byClient, client);
  }
}

function decrement(counts: Map<string, number>, key: string): void {
  const left = (counts.get(key) ?? 0) - 1;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
}

function full(count: number, whose: string): AppError {
  return new AppError("queue_full", `${count} replies ${whose} are being made or waiting already.`, {
    hint: "Wait until some have ended, or stop them.",
  });
}

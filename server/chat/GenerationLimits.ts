import { localPrincipal, type Principal } from "../access/Principal.js";
import { RateLimit } from "../access/RateLimit.js";
import { AppError } from "../platform/AppError.js";

/** Generations that run or wait at most: together, of one owner, of one connection or program. */
const most = { together: 1024, ownerOfMachine: 768, guest: 64, client: 256 };

/** Generations that a token may begin; whoever sits at the machine itself is bound by the queue alone. */
const perToken = { count: 600, perMs: 60_000 };

/** Keeps one asker from taking everything ([T22], [T24]): counts what is under way, and how fast more comes. */
export class GenerationLimits {
  readonly #rate = new RateLimit(perToken);
  readonly #byOwner = new Map<string, number>();
  readonly #byClient = new Map<string, number>();
  #together = 0;

  /** Counts one more. Throws `queue_full` or `too_many_requests`, and has counted nothing then. */
  enter(by: Principal, client: string): void {
    const ofOwner = this.#byOwner.get(by.owner) ?? 0;
    const ofClient = this.#byClient.get(client) ?? 0;
    const ownerMost = by.owner === localPrincipal.owner ? most.ownerOfMachine : most.guest;
    if (this.#together >= most.together) throw full(this.#together, "in all");
    if (ofOwner >= ownerMost) throw full(ofOwner, "of yours");
    if (ofClient >= most.client) throw full(ofClient, "of this connection");
    const waitMs = by.id === localPrincipal.id ? 0 : this.#rate.take(by.id);
    if (waitMs > 0)
      throw new AppError("too_many_requests", "This token has begun too many replies in a short time.", {
        hint: `Try again in ${Math.ceil(waitMs / 1000)} seconds.`,
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

import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "../platform/logger.js";
import type { GenerationStreams, StoredLog } from "./GenerationStreams.js";
import { keys } from "./keys.js";
import type { Presence } from "./Presence.js";

/** Whoever clears a dead node away says so this often, and has died itself when it has not for this long. */
const claimMs = 10_000;
/** What fails is tried again, less and less often. */
const retryMs = { first: 100, most: 5_000 };

/** Ends or goes on with a generation whose log is this node's from now on. Called again when it rejects. */
export type TakeOver = (id: string, log: StoredLog) => Promise<void>;

/**
 * Takes over what dead nodes have left unfinished. Of the nodes that are left one does it: who dies in the middle of it is found dead
 * itself, and the rest is done by the next one.
 */
export class DeadNodes {
  readonly #presence: Presence;
  readonly #streams: GenerationStreams;
  readonly #takeOver: TakeOver;
  readonly #logger: Logger;
  readonly #unsubscribe: () => void;
  readonly #closing = new AbortController();
  /** What is this node's already and has not been ended or gone on with, by generation. */
  readonly #taking = new Map<string, Promise<void>>();
  #clearing: Promise<void> | undefined;

  constructor(presence: Presence, streams: GenerationStreams, takeOver: TakeOver, logger: Logger) {
    this.#presence = presence;
    this.#streams = streams;
    this.#takeOver = takeOver;
    this.#logger = logger;
    this.#unsubscribe = presence.onDead((nodeId) => {
      this.#clearing ??= this.#clear(nodeId)
        // The next heartbeat finds it dead again.
        .catch((error: unknown) => logger.warn({ nodeId, error: String(error) }, "a dead node was not cleared away"))
        .finally(() => {
          this.#clearing = undefined;
        });
    });
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    this.#closing.abort();
    await this.#clearing;
    await Promise.all(this.#taking.values());
  }

  async #clear(nodeId: string): Promise<void> {
    const { redis } = this.#streams;
    const claim = keys.clearing(nodeId);
    if ((await redis.set(claim, this.#streams.nodeId, "PX", claimMs, "NX")) !== "OK") return;
    const ids = await this.#streams.runningOn(nodeId);
    this.#logger.warn({ nodeId, generations: ids.length }, "a node is gone: what it was making is taken over");
    for (const id of ids) {
      const stored = await this.#streams.load(id);
      if (stored === undefined) await redis.srem(keys.running(nodeId), id);
      else if (await this.#makeOurs(id, nodeId, stored)) this.#begin(id);
      await redis.pexpire(claim, claimMs);
    }
    await this.#presence.forget(nodeId);
    await redis.del(claim);
  }

  /** Until Redis has answered: when the answer was lost the log may be ours, and nobody else would look at it again. */
  async #makeOurs(id: string, nodeId: string, { facts }: StoredLog): Promise<boolean> {
    let ours = false;
    await this.#untilDone(id, async () => {
      ours = await this.#streams.takeOver(id, nodeId, facts);
    });
    return ours;
  }

  /** One whose owner's database is away keeps nobody else's waiting. */
  #begin(id: string): void {
    if (this.#taking.has(id)) return;
    const taking = this.#untilDone(id, async () => {
      // Once more: the node may have written something before it lost the log, and this one may have lost it meanwhile.
      const stored = await this.#streams.load(id);
      if (stored?.nodeId === this.#streams.nodeId && !stored.ended) await this.#takeOver(id, stored);
    }).finally(() => this.#taking.delete(id));
    this.#taking.set(id, taking);
  }

  /** Again and again until it succeeds or this node closes; what is left then is found by the others. */
  async #untilDone(id: string, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    for (let waitMs = retryMs.first; !signal.aborted; waitMs = Math.min(2 * waitMs, retryMs.most)) {
      try {
        return await work();
      } catch (error) {
        const told = { generationId: id, error: String(error) };
        this.#logger.error(told, "a reply of a dead node could not be taken over yet");
        await wait(waitMs, undefined, { signal, ref: false }).catch(() => {});
      }
    }
  }
}

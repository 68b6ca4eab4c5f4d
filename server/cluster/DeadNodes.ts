import type { Logger } from "../platform/logger.js";
import type { GenerationStreams, StoredLog } from "./GenerationStreams.js";
import { keys } from "./keys.js";
import type { Presence } from "./Presence.js";

/** Whoever clears a dead node away says so this often, and has died itself when it has not for this long. */
const claimMs = 10_000;

/** Ends or goes on with a generation whose log is this node's from now on. */
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
    await this.#clearing;
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
      else if (await this.#streams.takeOver(id, nodeId, stored.facts)) await this.#begin(id);
      await redis.pexpire(claim, claimMs);
    }
    await this.#presence.forget(nodeId);
    await redis.del(claim);
  }

  async #begin(id: string): Promise<void> {
    // Once more: the node may have written something before it lost the log.
    const stored = await this.#streams.load(id);
    if (stored === undefined) return;
    try {
      await this.#takeOver(id, stored);
    } catch (error) {
      this.#logger.error({ generationId: id, error: String(error) }, "a reply of a dead node could not be taken over");
    }
  }
}

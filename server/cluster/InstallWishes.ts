import { z } from "zod";
import { modelIdSchema } from "../protocol/model.js";
import { keys } from "./keys.js";
import { redisFailed } from "./NodeCalls.js";
import type { Redis } from "./openRedis.js";

/** How an install is to be stopped: with what was fetched kept, or deleted. */
export const stopSchema = z.enum(["pause", "cancel"]);
export type Stop = z.infer<typeof stopSchema>;

/**
 * Stops that nobody could carry out, because the node that ran the install was gone. Whoever takes the install up finds the wish, and does
 * that instead of going on. All throw `redis_failed`.
 */
export class InstallWishes {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async keep(modelId: string, how: Stop): Promise<void> {
    await this.#ask(() => this.#redis.hset(keys.installWishes, modelId, how));
  }

  async read(modelId: string): Promise<Stop | undefined> {
    return stopSchema.safeParse(await this.#ask(() => this.#redis.hget(keys.installWishes, modelId))).data;
  }

  /** All that wait, by model. */
  async all(): Promise<[modelId: string, how: Stop][]> {
    const found = Object.entries(await this.#ask(() => this.#redis.hgetall(keys.installWishes)));
    return found.flatMap(([modelId, how]) => {
      const wish = z.tuple([modelIdSchema, stopSchema]).safeParse([modelId, how]).data;
      return wish === undefined ? [] : [wish];
    });
  }

  /** It was carried out, or is wished no more. */
  async drop(modelId: string): Promise<void> {
    await this.#ask(() => this.#redis.hdel(keys.installWishes, modelId));
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw redisFailed(error);
    }
  }
}

import { Redis, type RedisOptions } from "ioredis";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";

export type { Redis } from "ioredis";

/** An answer that takes longer is as good as none: the connection may be dead without anybody having said so. */
const commandTimeoutMs = 5_000;
const firstConnectionMs = 10_000;
const reconnectMs = { first: 50, most: 1_000 };

/**
 * The connection comes back by itself. What was on its way when it was lost is sent once more then, so every command of ours may
 * happen twice; what is asked while there is none fails at once, and {@link untilReady} says when to ask again.
 */
const options: RedisOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: true,
  autoResubscribe: false,
  maxRetriesPerRequest: null,
  commandTimeout: commandTimeoutMs,
  connectTimeout: firstConnectionMs,
  retryStrategy: (times) => Math.min(reconnectMs.most, reconnectMs.first * 2 ** Math.min(times, 10)),
};

/** A connection to Redis under our own name. `changes`: where it is to differ from the others. */
function connection(url: string, logger: Logger, changes: RedisOptions = {}): Redis {
  const redis = new Redis(url, { ...options, ...changes });
  // Every generation that writes waits for it to come back.
  redis.setMaxListeners(0);
  let told = false;
  redis.on("error", (error: Error) => {
    // One line per outage; the error's own text may hold the address, which has the password.
    if (!told) logger.error({ code: errorCode(error) }, "the connection to Redis was lost");
    told = true;
  });
  redis.on("ready", () => {
    if (told) logger.info("the connection to Redis is back");
    told = false;
  });
  return redis;
}

/** What the connections of one node are made from. Nothing of the address is ever shown: it has the password. */
export class RedisConnections {
  readonly #url: string;
  readonly #logger: Logger;
  readonly #all: Redis[] = [];

  constructor(url: string, logger: Logger) {
    this.#url = url;
    this.#logger = logger;
  }

  /** Throws `redis_failed` when nothing answers there or the password is wrong. */
  async open(): Promise<Redis> {
    // Commands of many generations in one turn of the event loop go out as one write.
    const redis = connection(this.#url, this.#logger, { enableAutoPipelining: true });
    this.#all.push(redis);
    await connected(redis);
    return redis;
  }

  /** For subscriptions alone. */
  async openSubscriber(): Promise<Redis> {
    const redis = connection(this.#url, this.#logger, { commandTimeout: undefined });
    this.#all.push(redis);
    await connected(redis);
    return redis;
  }

  /** For libraries, which wait on blocking commands and keep what was asked while the connection is away. */
  async openForLibrary(): Promise<Redis> {
    const redis = connection(this.#url, this.#logger, {
      enableOfflineQueue: true,
      autoResubscribe: true,
      commandTimeout: undefined,
    });
    this.#all.push(redis);
    await connected(redis);
    return redis;
  }

  close(): void {
    for (const redis of this.#all) redis.disconnect();
  }
}

/** Resolves when the connection takes commands; at once when it does. Rejects once it was closed for good. */
export function untilReady(redis: Redis): Promise<void> {
  return new Promise((resolve, reject) => {
    if (redis.status === "ready") return resolve();
    if (redis.status === "end") return reject(closedForGood());
    const ready = () => {
      redis.off("end", end);
      resolve();
    };
    const end = () => {
      redis.off("ready", ready);
      reject(closedForGood());
    };
    redis.once("ready", ready);
    redis.once("end", end);
  });
}

function closedForGood(): AppError {
  return new AppError("redis_failed", "The connection to Redis was closed.");
}

async function connected(redis: Redis): Promise<void> {
  let refusal: unknown;
  const refused = (error: Error) => {
    refusal ??= error;
  };
  redis.on("error", refused);
  try {
    await Promise.race([redis.connect(), tooLate()]);
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    throw new AppError("redis_failed", `Redis does not answer as it should (${errorCode(refusal ?? error)}).`, {
      hint: "Check that it runs and that the address and password in --redis are right.",
    });
  } finally {
    redis.off("error", refused);
  }
}

function tooLate(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(Object.assign(new Error(), { code: "ETIMEDOUT" })), firstConnectionMs).unref();
  });
}

/** The kind of error in a word, with nothing of the address in it: `ECONNREFUSED`, `WRONGPASS`. */
function errorCode(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === "string") return code;
  return /^[A-Z]{2,20}\b/.exec(String(message))?.[0] ?? "no connection";
}

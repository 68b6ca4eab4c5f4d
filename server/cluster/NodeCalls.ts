import { LRUCache } from "lru-cache";
import { z } from "zod";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import { randomId } from "../platform/randomId.js";
import { errorInfoSchema } from "../protocol/result.js";
import { keys } from "./keys.js";
import { type Redis, untilReady } from "./openRedis.js";
import type { Presence } from "./Presence.js";

/** A node that is alive and has not answered after this long has lost the question, or is stuck. */
const answerTimeoutMs = 60_000;

const questionSchema = z.object({
  type: z.literal("question"),
  id: z.string().max(64),
  from: z.string().max(64),
  name: z.string().max(64),
  payload: z.unknown(),
});
const answerSchema = z.object({
  type: z.literal("answer"),
  id: z.string().max(64),
  result: z.union([
    z.object({ ok: z.literal(true), data: z.unknown() }),
    z.object({ ok: z.literal(false), error: errorInfoSchema }),
  ]),
});
const messageSchema = z.discriminatedUnion("type", [questionSchema, answerSchema]);
type Answer = z.infer<typeof answerSchema>;

/** A question may come twice, when the connection was lost on its way. */
const keptQuestionIds = 10_000;

/** Answers a question; parses its payload itself. What it throws is answered as an error. */
export type Answerer = (payload: unknown) => Promise<unknown>;

interface Waiting {
  nodeId: string;
  settle(result: Answer["result"] | AppError): void;
}

/** Nobody heard the question, so nothing was done: it may be asked elsewhere. */
export class NotHeard extends AppError {
  constructor() {
    super("node_gone", "The node that was to do this is gone.", { hint: "Try again." });
    this.name = "NotHeard";
  }
}

/**
 * Questions from node to node through Redis. A question that nobody hears fails at once ({@link NotHeard}); one whose node dies before
 * it answers fails with `node_gone` as soon as that is known.
 */
export class NodeCalls {
  readonly #redis: Redis;
  readonly #subscriber: Redis;
  readonly #presence: Presence;
  readonly #logger: Logger;
  readonly #answerers = new Map<string, Answerer>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #heard = new LRUCache<string, true>({ max: keptQuestionIds });

  constructor(redis: Redis, subscriber: Redis, presence: Presence, logger: Logger) {
    this.#redis = redis;
    this.#subscriber = subscriber;
    this.#presence = presence;
    this.#logger = logger;
    subscriber.on("message", this.#receive);
    subscriber.on("ready", () => void this.listen().catch(() => {}));
    presence.onDead((nodeId) => {
      for (const waiting of this.#waiting.values()) if (waiting.nodeId === nodeId) waiting.settle(nodeGone());
    });
  }

  /** From here on questions are heard. */
  async listen(): Promise<void> {
    await this.#subscriber.subscribe(keys.inbox(this.#presence.nodeId));
  }

  /** Questions of this name are answered so. */
  answer(name: string, answerer: Answerer): void {
    this.#answerers.set(name, answerer);
  }

  /** Throws {@link NotHeard}, `node_gone`, `redis_failed`, or the error that the other node answered. */
  async ask(nodeId: string, name: string, payload: unknown): Promise<unknown> {
    const id = randomId();
    const answered = this.#answered(id, nodeId);
    const question = { type: "question", id, from: this.#presence.nodeId, name, payload };
    try {
      const heard = await this.#redis.publish(keys.inbox(nodeId), JSON.stringify(question));
      if (heard === 0) throw new NotHeard();
      const result = await answered;
      if (result instanceof AppError) throw result;
      if (!result.ok) throw AppError.fromInfo(result.error);
      return result.data;
    } catch (error) {
      throw error instanceof AppError ? error : redisFailed(error);
    } finally {
      this.#waiting.get(id)?.settle(nodeGone());
    }
  }

  #answered(id: string, nodeId: string): Promise<Answer["result"] | AppError> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#waiting.get(id)?.settle(nodeGone()), answerTimeoutMs);
      this.#waiting.set(id, {
        nodeId,
        settle: (result) => {
          clearTimeout(timer);
          this.#waiting.delete(id);
          resolve(result);
        },
      });
    });
  }

  readonly #receive = (channel: string, text: string): void => {
    if (channel !== keys.inbox(this.#presence.nodeId)) return;
    const parsed = messageSchema.safeParse(readJson(text));
    if (!parsed.success) {
      this.#logger.warn({ bytes: text.length }, "another node sent what is no message of ours");
      return;
    }
    const message = parsed.data;
    if (message.type === "answer") this.#waiting.get(message.id)?.settle(message.result);
    else if (!this.#heard.has(message.id)) {
      this.#heard.set(message.id, true);
      void this.#reply(message.id, message.from, message.name, message.payload);
    }
  };

  async #reply(id: string, from: string, name: string, payload: unknown): Promise<void> {
    let result: Answer["result"];
    try {
      const answerer = this.#answerers.get(name);
      if (answerer === undefined)
        throw new AppError("bad_request", `This node does not know "${name.slice(0, 60)}".`, {
          hint: "All nodes of a cluster have to be of the same version.",
        });
      result = { ok: true, data: (await answerer(payload)) ?? {} };
    } catch (error) {
      const known = AppError.from(error);
      if (known.code === "internal")
        this.#logger.error({ name, error: String(known.cause) }, "what another node asked failed");
      result = { ok: false, error: known.toInfo() };
    }
    const answer = JSON.stringify({ type: "answer", id, result });
    try {
      await untilReady(this.#redis);
      await this.#redis.publish(keys.inbox(from), answer);
    } catch (error) {
      this.#logger.warn({ name, error: String(error) }, "an answer to another node was lost");
    }
  }
}

/** `error` as people are shown it, with nothing of what the library says. */
export function redisFailed(cause: unknown): AppError {
  return new AppError("redis_failed", "The nodes cannot reach each other: Redis does not answer.", {
    hint: "Try again in a moment. If it stays so, look at the Redis server.",
    cause,
  });
}

function nodeGone(): AppError {
  return new AppError("node_gone", "The node that was doing this went away before it answered.", {
    hint: "Look whether it was done, and try again if not.",
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { z } from "zod";
import type { Logger } from "../platform/logger.js";
import type { NodeLoad } from "./chooseNode.js";
import { defineScripts, type RedisScripts } from "./defineScripts.js";
import { keys } from "./keys.js";
import type { Redis } from "./openRedis.js";

export interface PresenceOptions {
  nodeId: string;
  /** Where the node listens, for people who look at the cluster. */
  url: string;
  /** Generations that run here. */
  running(): number;
  heartbeatMs?: number;
  /** A node that has said nothing for so long is gone. Redis counts, so that the nodes' clocks do not matter. */
  ttlMs?: number;
}

const defaults = { heartbeatMs: 1_000, ttlMs: 5_000 };

const announcementSchema = z.object({ url: z.string(), running: z.int().min(0), closing: z.boolean() });
const answerSchema = z.array(z.string());

export interface LiveNode extends NodeLoad {
  url: string;
  /** It ends what it has and takes nothing new. */
  closing: boolean;
}

const presenceScripts = {
  /** Keys: nodes, this node. Arguments: id, announcement, milliseconds, prefix. Answers id and announcement of each; an empty one is gone. */
  criaBeat: {
    numberOfKeys: 2,
    lua: `
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
local answer = {}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  answer[#answer + 1] = id
  answer[#answer + 1] = redis.call('GET', ARGV[4] .. id) or ''
end
return answer`,
  },
  /** Keys: nodes, this node, what runs on it. Arguments: id. */
  criaGoodbye: {
    numberOfKeys: 3,
    lua: `
redis.call('DEL', KEYS[2])
if redis.call('EXISTS', KEYS[3]) == 0 then redis.call('SREM', KEYS[1], ARGV[1]) end`,
  },
} as const;

/**
 * Which nodes are there. Each says so once a second and hears of the others by the same command. One whose word is missing is told of
 * as dead; after Redis itself was away they all get time to say something first.
 */
export class Presence {
  readonly #redis: Redis;
  readonly #scripts: RedisScripts<keyof typeof presenceScripts>;
  readonly #options: Required<PresenceOptions>;
  readonly #logger: Logger;
  readonly #deadListeners = new Set<(nodeId: string) => void>();
  /** Requests that were given to a node since it last said how much it has. */
  readonly #given = new Map<string, number>();
  #nodes: LiveNode[] = [];
  #timer: NodeJS.Timeout | undefined;
  #trustedFromMs = 0;
  #beating: Promise<void> = Promise.resolve();
  #retired = false;
  #closed = false;

  constructor(redis: Redis, options: PresenceOptions, logger: Logger) {
    this.#redis = redis;
    this.#scripts = defineScripts(redis, presenceScripts);
    this.#options = { ...defaults, ...options };
    this.#logger = logger;
    redis.on("close", this.#distrust);
  }

  get nodeId(): string {
    return this.#options.nodeId;
  }

  /** Those that take requests, this one too, with what they were given meanwhile. */
  get nodes(): LiveNode[] {
    const open = this.#nodes.filter(({ closing }) => !closing);
    return open.map((node) => ({ ...node, running: node.running + (this.#given.get(node.id) ?? 0) }));
  }

  isAlive(nodeId: string): boolean {
    return this.#nodes.some(({ id }) => id === nodeId);
  }

  /** Rejects when Redis does not answer. */
  async start(): Promise<void> {
    this.#distrust();
    await this.#beat();
    this.#timer = setInterval(() => {
      this.#beating = this.#beat().catch((error: unknown) => {
        this.#distrust();
        this.#logger.debug({ error: String(error) }, "this node could not say that it is there");
      });
    }, this.#options.heartbeatMs);
    this.#timer.unref();
  }

  /** A request goes to a node that will have one more generation soon. */
  give(nodeId: string): void {
    this.#given.set(nodeId, (this.#given.get(nodeId) ?? 0) + 1);
  }

  /** Calls `listener` with every node that is found dead, again with every heartbeat until it was cleared away. */
  onDead(listener: (nodeId: string) => void): () => void {
    this.#deadListeners.add(listener);
    return () => this.#deadListeners.delete(listener);
  }

  /** A dead node is not listed any more. */
  async forget(nodeId: string): Promise<void> {
    await this.#redis.srem(keys.nodes, nodeId);
  }

  /** Says that this node takes nothing new. */
  async retire(): Promise<void> {
    this.#retired = true;
    await this.#beat().catch(this.#distrust);
  }

  /** Says goodbye, so that nobody waits. What is left unfinished all the same is found by the others, as that of a dead node. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#redis.off("close", this.#distrust);
    await this.#beating;
    const { nodeId } = this;
    await this.#scripts.criaGoodbye(keys.nodes, keys.node(nodeId), keys.running(nodeId), nodeId).catch(() => {});
  }

  async #beat(): Promise<void> {
    const { nodeId, url, ttlMs } = this.#options;
    const announcement = JSON.stringify({ url, running: this.#options.running(), closing: this.#retired });
    const given = new Map(this.#given);
    const answer = answerSchema.parse(
      await this.#scripts.criaBeat(keys.nodes, keys.node(nodeId), nodeId, announcement, ttlMs, keys.node("")),
    );
    if (this.#closed) return;
    const nodes: LiveNode[] = [];
    const dead: string[] = [];
    for (let index = 0; index < answer.length; index += 2) {
      const [id = "", text = ""] = answer.slice(index, index + 2);
      const said = text === "" ? undefined : announcementSchema.safeParse(JSON.parse(text)).data;
      if (said === undefined) dead.push(id);
      else nodes.push({ id, ...said });
    }
    this.#nodes = nodes;
    // What was given before this answer is counted by those who got it.
    for (const [id, count] of given) this.#given.set(id, (this.#given.get(id) ?? 0) - count);
    if (performance.now() < this.#trustedFromMs) return;
    for (const id of dead) for (const listener of this.#deadListeners) listener(id);
  }

  /** While Redis was away nobody could say anything: that is not what death looks like. */
  readonly #distrust = (): void => {
    this.#trustedFromMs = performance.now() + this.#options.ttlMs;
  };
}

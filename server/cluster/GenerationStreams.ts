import { z } from "zod";
import type { NewLog } from "../chat/GenerationLog.js";
import { AppError } from "../platform/AppError.js";
import { overflowSchema } from "../protocol/conversation.js";
import { type GenerationEvent, generationEventSchema } from "../protocol/generation.js";
import { samplingSchema } from "../protocol/sampling.js";
import { defineScripts, type RedisScripts } from "./defineScripts.js";
import { keys } from "./keys.js";
import { logScripts } from "./logScripts.js";
import type { Redis } from "./openRedis.js";

/** How long a log that has ended is kept; [GL7]. */
const keptAfterEndSeconds = 15 * 60;

/** What is known of a generation besides its log. */
export const generationFactsSchema = z.object({
  modelId: z.string(),
  /** Who asked for it. */
  by: z.object({ id: z.string(), owner: z.string(), name: z.string() }),
  /** The message that it makes, and how. */
  reply: z
    .object({
      conversationId: z.string(),
      messageId: z.string(),
      sampling: samplingSchema.optional(),
      overflow: overflowSchema.optional(),
    })
    .optional(),
});
export type GenerationFacts = z.infer<typeof generationFactsSchema>;

/** What is kept of a log that is begun here. */
export function factsOf({ modelId, by, reply }: NewLog): GenerationFacts {
  const { id, owner, name } = by;
  return { modelId, by: { id, owner, name }, reply };
}

const recordSchema = z.object({
  node: z.string(),
  facts: z.string(),
  last: z.coerce.number().int().min(0),
  ended: z.literal("1").optional(),
  snapshot: z.string().optional(),
});

const eventsSchema = z.array(generationEventSchema);
const appendedSchema = z.tuple([z.int().min(0).max(3), z.int()]);

/** A log as it lies in Redis. */
export interface StoredLog {
  nodeId: string;
  facts: GenerationFacts;
  ended: boolean;
  lastSeq: number;
  /** After `afterSeq`, a snapshot first when those entries are no longer kept. */
  events: GenerationEvent[];
}

export type Appended =
  | { type: "stored" }
  /** Another node writes this log now, or has ended it. */
  | { type: "taken" }
  /** Redis has less than was stored: it lost its last moments. Go on from `last`. */
  | { type: "behind"; last: number }
  /** Redis knows nothing of it any more. */
  | { type: "lost" };

/** The logs of generations in Redis. Everything that comes from there is parsed; every method rejects while Redis is away. */
export class GenerationStreams {
  readonly nodeId: string;
  readonly redis: Redis;
  readonly #scripts: RedisScripts<keyof typeof logScripts>;

  constructor(redis: Redis, nodeId: string) {
    this.redis = redis;
    this.nodeId = nodeId;
    this.#scripts = defineScripts(redis, logScripts);
  }

  /** False when another node has it. */
  async begin(id: string, facts: GenerationFacts): Promise<boolean> {
    const begun = await this.#scripts.criaLogBegin(
      keys.generation(id),
      keys.running(this.nodeId),
      conversationKey(facts),
      this.nodeId,
      id,
      "facts",
      JSON.stringify(facts),
    );
    return begun === 1;
  }

  async append(id: string, facts: GenerationFacts, events: readonly GenerationEvent[]): Promise<Appended> {
    const seconds = events.at(-1)?.type === "end" ? keptAfterEndSeconds : 0;
    const answer = await this.#scripts.criaLogAppend(
      keys.generation(id),
      keys.log(id),
      keys.running(this.nodeId),
      conversationKey(facts),
      this.nodeId,
      id,
      keys.logNews(id),
      events[0]?.seq ?? 0,
      seconds,
      ...events.map((event) => JSON.stringify(event)),
    );
    const [what, last] = appendedSchema.parse(answer);
    if (what === 1) return { type: "stored" };
    if (what === 2) return { type: "behind", last };
    return { type: what === 3 ? "lost" : "taken" };
  }

  /** The snapshot takes the place of all entries up to its `seq`. */
  async fold(id: string, snapshot: GenerationEvent & { type: "snapshot" }): Promise<void> {
    await this.#scripts.criaLogFold(
      keys.generation(id),
      keys.log(id),
      this.nodeId,
      snapshot.seq,
      JSON.stringify(snapshot),
    );
  }

  /** Makes this node the one that writes the log; true when it is already. False when it has ended, or another node was faster. */
  async takeOver(id: string, fromNodeId: string, facts: GenerationFacts): Promise<boolean> {
    const taken = await this.#scripts.criaLogTake(
      keys.generation(id),
      keys.running(fromNodeId),
      keys.running(this.nodeId),
      conversationKey(facts),
      fromNodeId,
      this.nodeId,
      id,
    );
    return taken === 1;
  }

  /** Undefined when there is no such log, or what is there is none of ours. */
  async load(id: string, afterSeq = 0): Promise<StoredLog | undefined> {
    const answers = await this.redis
      .multi()
      .hgetall(keys.generation(id))
      .xrange(keys.log(id), `${afterSeq + 1}-0`, "+")
      .exec();
    const [record, entries] = (answers ?? []).map(([error, value]) => {
      if (error !== null) throw error;
      return value;
    });
    const parsed = recordSchema.safeParse(record);
    if (!parsed.success) return undefined;
    const { node, facts, ended, last, snapshot } = parsed.data;
    const rows = z.array(z.tuple([z.string(), z.tuple([z.literal("e"), z.string()])])).parse(entries);
    const events = readEvents(`[${rows.map(([, [, text]]) => text).join(",")}]`);
    const folded = snapshot === undefined ? undefined : readEvents(`[${snapshot}]`)[0];
    return {
      nodeId: node,
      facts: generationFactsSchema.parse(JSON.parse(facts)),
      ended: ended !== undefined,
      lastSeq: last,
      events: folded !== undefined && folded.seq > afterSeq ? [folded, ...events] : events,
    };
  }

  /** The node that writes the log. */
  async nodeOf(id: string): Promise<string | undefined> {
    return (await this.redis.hget(keys.generation(id), "node")) ?? undefined;
  }

  /** Whether the node that writes the log is gone, and the others do not know that there is anything of it to take over. */
  async isOrphaned(id: string, nodeId: string): Promise<boolean> {
    const [alive, listed, running] = await Promise.all([
      this.redis.exists(keys.node(nodeId)),
      this.redis.sismember(keys.nodes, nodeId),
      this.redis.sismember(keys.running(nodeId), id),
    ]);
    return alive === 0 && (listed === 0 || running === 0);
  }

  /** What runs, or ran when it died, on a node. */
  runningOn(nodeId: string): Promise<string[]> {
    return this.redis.smembers(keys.running(nodeId));
  }

  /** Nodes on which replies of a conversation are being made. */
  nodesOf(conversationId: string): Promise<string[]> {
    return this.redis.hvals(keys.conversation(conversationId));
  }
}

/** Throws `internal` for what is no list of entries. */
export function readEvents(text: string): GenerationEvent[] {
  const parsed = eventsSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new AppError("internal", "The log in Redis has something else than entries.");
  return parsed.data;
}

/** Scripts take the same number of keys always; an empty one is none. */
function conversationKey({ reply }: GenerationFacts): string {
  return reply === undefined ? "" : keys.conversation(reply.conversationId);
}

import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import type { GenerationDirectory, ReadableGeneration } from "../chat/GenerationDirectory.js";
import type { GenerationRequest, GenerationService } from "../chat/GenerationService.js";
import { AppError } from "../platform/AppError.js";
import { randomId } from "../platform/randomId.js";
import type { FollowedLogs } from "./FollowedLogs.js";
import type { GenerationStreams } from "./GenerationStreams.js";
import { keys } from "./keys.js";
import { type NodeCalls, redisFailed } from "./NodeCalls.js";
import type { Presence } from "./Presence.js";

/** A request that comes again later than this is another one. */
const keptRequestSeconds = 60 * 60;
/** A stop waits so long for a dead node's reply to be taken over. */
const stopPatienceMs = 20_000;
const lookAgainMs = 250;
/** An answer waits no longer than this for a Redis that is away. */
export const begunPatienceMs = 5_000;

const stopSchema = z.object({ generationId: z.string(), owner: z.string() });
const stoppedSchema = z.object({ stopped: z.boolean() });
const startedSchema = z.object({ nodeId: z.string(), generationId: z.string() });

/** What the directory is made from. */
export interface ClusterGenerationsParts {
  generations: GenerationService;
  streams: GenerationStreams;
  followed: FollowedLogs;
  calls: NodeCalls;
  presence: Presence;
}

/**
 * The generations of all nodes. What runs here is found here; the rest is read from its stream and stopped on its node. The owner is
 * the principal whom the node that was asked has authenticated; the stream's record says whose the generation is ([T6]).
 */
export class ClusterGenerations implements GenerationDirectory {
  readonly #parts: ClusterGenerationsParts;

  constructor(parts: ClusterGenerationsParts) {
    this.#parts = parts;
    parts.calls.answer("generation:stop", (payload) => {
      const { generationId, owner } = stopSchema.parse(payload);
      return Promise.resolve({ stopped: parts.generations.get(generationId, owner).stop() });
    });
  }

  async start(request: GenerationRequest): Promise<string> {
    const id = randomId();
    if (request.requestId === undefined) return this.#begin({ ...request, id });
    const served = await this.#claim(request.by.owner, request.requestId, id);
    if (served !== undefined) return served;
    try {
      return await this.#begin({ ...request, id });
    } catch (error) {
      await this.#parts.streams.redis.del(keys.request(request.by.owner, request.requestId)).catch(() => {});
      throw error;
    }
  }

  async find(id: string, owner: string): Promise<ReadableGeneration> {
    const { generations, followed } = this.#parts;
    if (generations.has(id)) return generations.get(id, owner);
    const elsewhere = await followed.open(id).catch((error: unknown) => {
      throw redisFailed(error);
    });
    if (elsewhere?.facts.by.owner !== owner) throw generationNotFound();
    return elsewhere;
  }

  async stop(id: string, owner: string): Promise<boolean> {
    const { generations, streams, calls } = this.#parts;
    const untilMs = performance.now() + stopPatienceMs;
    for (;;) {
      if (generations.has(id)) return generations.get(id, owner).stop();
      const { log } = await this.find(id, owner);
      if (log.ended) return false;
      const nodeId = await streams.nodeOf(id);
      try {
        if (nodeId === undefined) throw generationNotFound();
        const answer = await calls.ask(nodeId, "generation:stop", { generationId: id, owner });
        return stoppedSchema.parse(answer).stopped;
      } catch (error) {
        const { code } = AppError.from(error);
        // Its node died, or has just given it away: another one takes it over or ends it.
        const passing = code === "node_gone" || code === "generation_not_found";
        if (!passing || performance.now() > untilMs) throw error;
        await wait(lookAgainMs);
      }
    }
  }

  async #begin(request: GenerationRequest): Promise<string> {
    const { generations } = this.#parts;
    const { id } = generations.start(request);
    await Promise.race([generations.begun(id), wait(begunPatienceMs, undefined, { ref: false })]);
    return id;
  }

  /** Undefined when the request is new, else the generation that it has started, here or on another node. */
  async #claim(owner: string, requestId: string, generationId: string): Promise<string | undefined> {
    const { streams, presence } = this.#parts;
    const { redis } = streams;
    const key = keys.request(owner, requestId);
    const mine = JSON.stringify({ nodeId: streams.nodeId, generationId });
    try {
      if ((await redis.set(key, mine, "EX", keptRequestSeconds, "NX")) === "OK") return undefined;
      const parsed = startedSchema.safeParse(JSON.parse((await redis.get(key)) ?? "{}"));
      const started = parsed.data;
      // What the client of Redis sent twice, since the answer was lost, finds itself.
      if (started?.generationId === generationId) return undefined;
      if (started !== undefined) {
        const known = presence.isAlive(started.nodeId) || (await streams.nodeOf(started.generationId)) !== undefined;
        if (known) return started.generationId;
      }
      // Its node died before anything had begun.
      await redis.set(key, mine, "EX", keptRequestSeconds);
      return undefined;
    } catch (error) {
      throw redisFailed(error);
    }
  }
}

function generationNotFound(): AppError {
  return new AppError("generation_not_found", "There is no such generation.", {
    hint: "It may have ended some time ago: open its conversation again.",
  });
}
